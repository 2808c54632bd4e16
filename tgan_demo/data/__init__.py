"""Where samples come from: painted by our code, uploaded, fetched from the Hub, read from disk."""
