"""The command `invert`: a user's own items made again by a model, and where in its latent space they lie."""

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import torch

from tgan_demo.cli.opening import open_model
from tgan_demo.errors import ConfigError

BATCH = (
    16  # items side by side: they share their time, which makes several times as many steps of it
)
MOST = 3600.0  # seconds for one item


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id such as image/digits, or a model folder")
    parser.add_argument(
        "--data",
        required=True,
        help="FILE.npz with images, audio, videos or texts; and labels, if any",
    )
    parser.add_argument(
        "--out", required=True, help="FILE.npz: the same made by the model, w and the error of each"
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="for each item; 0: one pass")
    parser.add_argument("--per-block", action="store_true", help="a w for each block of G")
    parser.add_argument("--seed", type=int, default=0, help="of the random w's to begin at")


def command(args: argparse.Namespace) -> dict:
    """Your own items, as near as a model can make them, with their w."""
    from tgan_demo.engine.draw import sampler
    from tgan_demo.engine.draw.refinement import refine
    from tgan_demo.files.disk import write_atomic
    from tgan_demo.models import brought

    if not 0 <= args.seconds <= MOST:
        raise ConfigError(f"seconds must be 0 to {MOST:g} for each item; got {args.seconds:g}")
    model, out = open_model(args.model), Path(args.out)
    if out.suffix != ".npz" or not out.parent.is_dir():
        raise ConfigError(f"out must be FILE.npz in a folder that is there; got {args.out}")
    raw, labels = brought.read(model, Path(args.data))
    items = brought.fitted(model, raw.tolist() if raw.dtype.kind == "U" else raw)
    first, last = [], []
    for begin in range(0, len(items), BATCH):
        part = slice(begin, begin + BATCH)
        known = None if labels is None else torch.from_numpy(labels[part])
        search = refine(
            model,
            items[part],
            known,
            seconds=args.seconds * len(items[part]) or None,
            steps=None if args.seconds else 0,
            per_block=args.per_block,
            seed=args.seed,
        )
        seen = next(search)
        first.append(seen)
        for seen in search:  # noqa: B007  (the last is the answer)
            pass
        last.append(seen)
        print(f"{min(begin + BATCH, len(items))} of {len(items)}", file=sys.stderr, flush=True)
    w = torch.cat([found.w for found in last])
    error = np.concatenate([found.error_B for found in last]).astype(np.float32)
    made = sampler.synthesise(model, w, [0] * len(w), temperature=0)
    arrays = {brought.name_of(model): made, "w": w.numpy(), "error": error}
    packed = io.BytesIO()
    np.savez_compressed(
        packed, allow_pickle=False, **arrays | ({} if labels is None else {"labels": labels})
    )
    write_atomic(out, packed.getvalue())
    began = np.concatenate([found.error_B for found in first])
    return {"model": model.id, "count": len(items), "first_error": round(float(began.mean()), 6),
            "error": round(float(error.mean()), 6), "w": list(w.shape), "out": args.out}  # fmt: skip
