"""The model folder: what it holds, load, save, card, upload, look inside."""
