"""Video: tubelets, patches through a few frames."""
