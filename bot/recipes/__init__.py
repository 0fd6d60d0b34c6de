"""Turns what people type into a recipe that the model can draw, and makes new recipes from existing ones."""
