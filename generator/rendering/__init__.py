"""From a recipe to the bytes of a file: plans, latents, paths, layout, encoding."""
