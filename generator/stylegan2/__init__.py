"""The StyleGAN2 generator: hyperparameters, arithmetic, layers and network. Does not know recipes or files."""
