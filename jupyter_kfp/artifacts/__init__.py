"""Artifact stores and what is in them."""
