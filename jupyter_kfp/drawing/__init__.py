"""The graph of a pipeline as text, Mermaid, SVG and JSON."""
