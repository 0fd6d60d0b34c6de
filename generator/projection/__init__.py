"""From a picture to the nearest face that a network can draw: reading, starting, and searching in w."""
