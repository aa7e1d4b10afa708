"""Notebooks of other tools."""
