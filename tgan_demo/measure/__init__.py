"""Scores: how good samples are, beside what real data get."""
