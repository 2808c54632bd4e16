"""The Train tab: data, settings, the live run and what came of it."""
