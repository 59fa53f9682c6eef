"""What of a template is a checkout, and how its resources relate."""
