"""Arrays to bytes and back: images, films, sheets, tensors on disk."""
