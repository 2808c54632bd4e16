"""The command `models`: what there is to play with."""

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def command(args: argparse.Namespace) -> dict:
    """What there is to play with."""
    from tgan_demo.studio import Studio

    infos = Studio().models()
    for info in infos:
        size = "x".join(map(str, info.shape))
        print(f"{info.id:18} {size:9} {info.nimg:>9,} samples seen   {info.data}; {info.licence}")
    return {
        "models": [
            {"id": i.id, "shape": i.shape, "classes": i.classes, "nimg": i.nimg} for i in infos
        ]
    }
