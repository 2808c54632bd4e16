"""The version of the studio, as in pyproject.toml, for whoever hosts it."""

VERSION = "0.1.0"
