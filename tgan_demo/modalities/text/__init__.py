"""Text: tokens of a vocabulary, or codes of an autoencoder."""
