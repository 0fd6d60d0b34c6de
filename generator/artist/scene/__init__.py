"""What is around the figure: the background, what floats before it, and the light that unites them."""
