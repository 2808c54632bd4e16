"""Transformer GANs you can play with, look into and train, in a browser."""
