"""One module per diagnostic; its docstring is its page."""
