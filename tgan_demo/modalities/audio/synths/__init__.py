"""Synthesisers of the sounds that the project makes itself."""
