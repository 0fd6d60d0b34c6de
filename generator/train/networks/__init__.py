"""The networks of a training run: the discriminator, and how a run continues networks that a file holds."""
