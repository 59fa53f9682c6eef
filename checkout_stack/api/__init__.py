"""The HTTP API in front of a checkout, and who may call it."""
