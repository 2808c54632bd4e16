"""Audio: log-mel spectrograms, made heard by Griffin-Lim."""
