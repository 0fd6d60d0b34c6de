"""The StyleGAN2 generator: its sizes, arithmetic and layers, and the network."""
