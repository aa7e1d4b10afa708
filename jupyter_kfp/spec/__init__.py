"""A pipeline as data: load, validate, save KFP v2 IR."""
