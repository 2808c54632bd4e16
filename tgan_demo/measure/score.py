"""One score as a row of a report: its value, real data's beside it, how many samples, which way is better."""


def score_row(
    name: str, better: str, value: float, real: float | None, n: int
) -> dict[str, object]:
    """Plain JSON, five digits; the ratio is left out where real data get 0."""
    found: dict[str, object] = {"value": short(value), "real": None, "ratio": None}
    if real is not None:
        found |= {"real": short(real), "ratio": short(value / real) if real else None}
    return found | {"n": n, "better": better, "name": name}


def short(value: float) -> float:
    return float(f"{value:.5g}")
