"""What the constructs share: requirements, timing, settings of functions, names."""
