"""What a run is: states, events, records."""
