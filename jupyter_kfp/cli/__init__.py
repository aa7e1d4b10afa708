"""The command line, `jupyter kfp`: one traitlets application with a subcommand per verb."""
