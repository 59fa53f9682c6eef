"""What the local run tries, one promise each. ``catalogue`` lists them."""
