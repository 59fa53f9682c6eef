"""What a checkout meets first when it grows: quotas, what an order takes of each, what moves them.

Numbers only: nothing here needs aws_cdk, and no construct depends on it.

>>> from bench.scale.limits import AS_DEPLOYED, breaking
>>> [limit.name for limit in breaking(AS_DEPLOYED, orders_per_second=10)]
[]
"""
