"""What runs inside the process or pod of a step."""
