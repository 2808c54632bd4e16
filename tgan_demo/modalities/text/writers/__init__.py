"""Writers of the texts that the project makes itself."""
