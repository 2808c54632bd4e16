"""The networks, the losses, the training loop and the sampler: tokens only, no medium and no page."""
