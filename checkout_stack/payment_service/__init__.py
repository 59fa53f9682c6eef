"""Which payment service takes the charges: one over HTTP, Stripe, or a module of the user's own."""
