"""Which step reads what from which."""
