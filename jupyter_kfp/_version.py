"""The version of jupyter_kfp, in one place."""

__version__ = "0.1.0"
