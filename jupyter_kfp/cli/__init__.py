"""The command line, `jupyter kfp`."""
