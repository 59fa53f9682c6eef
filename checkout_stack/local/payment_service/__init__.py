"""A payment service to test against: real HTTP, a real ledger, and faults on request.

Run it with ``python -m checkout_stack.local.payment_service``.  It uses the standard library only
and shares no code with the Lambda functions, so its ledger is independent evidence of what was
charged.
"""
