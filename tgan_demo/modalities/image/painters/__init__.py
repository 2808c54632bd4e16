"""Painters of the image data sets that the project makes itself."""
