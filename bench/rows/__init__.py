"""What is measured here and now, a row each."""
