"""The Motion tab: content and motion mixed, borrowed and prolonged."""
