"""Every visible string, in English and Chinese."""
