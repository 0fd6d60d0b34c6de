"""The StyleGAN2 generator: its hyperparameters, arithmetic, layers and network."""
