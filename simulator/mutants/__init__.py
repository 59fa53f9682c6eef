"""Mutation run: one small change of the runtime at a time, judged by its tests."""
