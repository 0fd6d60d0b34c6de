"""The StyleGAN3 generator: its hyperparameters, filters, layers and network."""
