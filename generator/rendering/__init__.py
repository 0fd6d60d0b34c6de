"""From a recipe to the bytes of a file: latents, paths, layout, encoding."""
