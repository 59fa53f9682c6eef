"""The same buyer and the same faults on seven checkouts: who charges twice, who loses an order."""
