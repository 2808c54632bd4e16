"""Painters of the clips that the project makes itself."""
