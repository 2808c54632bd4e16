"""Where weights and recipes lie: beside the package in the repository, inside it once it is installed."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _place(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


WEIGHTS, RECIPES = _place("weights"), _place("recipes")
