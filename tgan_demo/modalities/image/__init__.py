"""Images: patches of pixels."""
