"""From what people typed to a recipe that suits the network, and from one recipe to the next. Knows no Discord."""
