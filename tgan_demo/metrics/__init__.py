"""How good are the samples: distances, coverage, copying, speckle, recognisability."""
