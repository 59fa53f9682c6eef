"""What this checkout costs and does, compared with what users would pick instead."""
