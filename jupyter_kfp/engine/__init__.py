"""Carries a pipeline out: a pure state machine, the loop that feeds it, caching, resumption."""
