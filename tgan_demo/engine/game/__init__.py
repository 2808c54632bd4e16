"""The game of two players: training step, losses, penalties, schedules, the state of a run."""
