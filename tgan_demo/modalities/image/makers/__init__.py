"""Images that the project paints itself."""
