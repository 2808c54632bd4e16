"""Points in the plane: data whose whole distribution can be seen, for learning how a GAN learns."""
