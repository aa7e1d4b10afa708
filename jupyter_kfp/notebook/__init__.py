"""A notebook as source: reader, tags, options, parameters."""
