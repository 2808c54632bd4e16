"""The Play tab: a grid that follows every control, and what can be saved of it."""
