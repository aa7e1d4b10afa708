"""Python values to files and back, exactly."""
