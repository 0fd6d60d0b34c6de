"""Faces as expressions: what a face is, how it is written, and how it is read. Knows neither kinds nor networks."""
