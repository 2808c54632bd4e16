"""The two Transformers, generator and discriminator, and their parts."""
