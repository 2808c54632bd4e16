"""Texts that the project makes itself."""
