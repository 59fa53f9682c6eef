"""Composition roots: what each function is made of, built once in an execution environment."""
