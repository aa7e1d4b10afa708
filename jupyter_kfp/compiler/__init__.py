"""Notebook to KFP v2 pipeline."""
