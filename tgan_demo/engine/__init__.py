"""The networks, the losses, the training loop and the sampler: tokens only, no modality and no page."""
