"""The Hugging Face Hub: what is fetched from it and sent to it, and only when a person asks."""
