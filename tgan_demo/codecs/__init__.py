"""Learned codecs: small models that turn a medium's stored form into the signal G and D play with, and back."""
