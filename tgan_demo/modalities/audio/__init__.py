"""Audio: log-mel spectrograms and a vocoder."""
