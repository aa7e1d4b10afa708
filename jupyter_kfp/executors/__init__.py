"""How the engine has a task done."""
