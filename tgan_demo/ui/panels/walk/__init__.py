"""The Walk tab: ways through the latent space, played and saved."""
