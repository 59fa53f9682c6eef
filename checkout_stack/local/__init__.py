"""Run the real stack on this machine, against a payment service that can be told to misbehave."""
