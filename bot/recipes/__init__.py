"""Turns what people type into a recipe that the model can draw, and one recipe into the next. Does not know Discord."""
