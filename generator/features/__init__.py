"""Feature spaces of pictures, and the distances between two sets of pictures in them."""
