"""A small shop to click in: the same cart, paid in a naive workflow and through the checkout.

A page, and a server of the standard library in front of a checkout that is up.
"""
