"""Runtime of the idempotent checkout: one order and one charge for one purchase intent.

Imports point inward: ``domain`` <- ``application`` <- ``adapters`` <- ``handlers``.
"""
