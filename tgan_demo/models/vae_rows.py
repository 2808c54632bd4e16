"""What a model's card says of its warm start: the beta-VAE that it was, what its encoder has learned, and
what the game made of it.
"""

from typing import Any

from tgan_demo import legacy
from tgan_demo.engine.draw.model import Model


def rows(model: Model) -> list[tuple[str, str]]:
    """Nothing of a model without a warm start.

    Of a fork or a last slice, whose own settings have none, config.json says it beside them; "vae" there is
    what runs/vae_report.py found.
    """
    train = legacy.settings(model.meta.get("train", {}))
    count = model.meta.get("warm_start", 0) or train.get("warm_start", 0)
    if not count:
        return []
    known = model.meta.get("vae", {})
    parts = [("Warm start", _how(model, int(count), train))]
    if "game" in known:
        parts.append(("The encoder at the end", _learned(known["game"])))
    return [*parts, _scores(known)]


def _how(model: Model, count: int, train: dict[str, Any]) -> str:
    """The field's names: beta-VAE before the game, VAE/GAN during it."""
    weight = float(train.get("reconstruction_weight", 0))
    during = "VAE/GAN"
    how = f"a beta-VAE (beta {float(train.get('warm_start_kl', 0)):g} a token)"
    if model.tokenizer.encodes:
        how = "a fixed linear encoder, the codes' principal components (where a beta-VAE learns one; no KL)"
        during = "as in a VAE/GAN"
    said = f"the first {count:,}: G learned as the decoder of {how}, before D judged it"
    if weight:
        said += (
            f"; the same loss goes on during the game, at the end with weight {weight:g} ({during})"
        )
    return said


def _learned(found: dict[str, Any]) -> str:
    """KL, aggregate posterior against prior, and the pull at G."""
    kl = found.get("kl")
    cost = "" if kl is None else f"KL {kl:.3g} nats a sample; "
    return (
        f"{cost}z of real samples has squared mean {found['mean_square']:.2g} and variance "
        f"{found['variance']:.2g} a dimension (the prior: 0 and 1), {found['active']} of "
        f"{found['dimensions']} dimensions active; {_share(found)}"
    )


def _share(found: dict[str, Any]) -> str:
    share = found.get("share")
    if share is None:
        return "the share of G's gradient was not measured"
    return f"{share:.0%} of G's gradient is from this loss, {1 - share:.0%} from D"


def _scores(known: dict[str, Any]) -> tuple[str, str]:
    ends = [known.get(end, {}) for end in ("warm_start", "game")]
    measured = [end for end in ends if "score" in end]
    if not measured:
        return ("After the warm start alone", "not measured; the scores below are after the game")
    values = [f"{end['score']['value']:.4g}" if end in measured else "not measured" for end in ends]
    row = measured[0]["score"]
    real = "" if row.get("real") is None else f" (real {row['real']:.4g})"
    # of a model older than vae_report.py, whose own run kept nothing
    again = "; the first of the recipe's warm start run again" if ends[0].get("again") else ""
    return (
        f"After the warm start alone / after the game (`{measured[0]['judge']}`)",
        f"{' / '.join(values)}{real}, on {row['n']:,} validation samples{again}",
    )
