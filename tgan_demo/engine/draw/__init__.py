"""From seeds to samples and back: latents, paths, sampler, inversion."""
