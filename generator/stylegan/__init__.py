"""What StyleGAN2 and StyleGAN3 share: the mapping network, modulation, precision, and the generator around them."""
