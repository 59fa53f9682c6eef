"""Bounded load on a deployed checkout while everything around it breaks."""
