"""Real or generated? Games in which people judge a model: pairs, rounds, players, and what is kept of it."""
