"""The Lab tab: a tiny GAN on points, watched while it learns."""
