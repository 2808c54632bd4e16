"""Sounds that the project makes itself."""
