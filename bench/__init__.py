"""What this checkout costs and does, measured beside what one would pick instead."""
