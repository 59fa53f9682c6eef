"""Deterministic simulator: models of AWS and of payment services, faults, invariants."""
