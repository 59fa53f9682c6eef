"""One small program for each way to take an order and charge for it."""
