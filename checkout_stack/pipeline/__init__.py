"""The way of an order: table, relay, queue, consumer, reconciler, and the audit of the charges."""
