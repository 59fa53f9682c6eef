"""Where what becomes of orders is announced."""
