"""The command `publish`: a model, and a Space that runs the studio with it, on the Hugging Face Hub."""

import argparse
import getpass
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tgan_demo.cli.opening import open_model
from tgan_demo.errors import ConfigError, TganError

if TYPE_CHECKING:
    from tgan_demo.hub.send import Sent


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a bundled id, or a folder that `train --out` wrote")
    parser.add_argument("repo", nargs="?", metavar="OWNER/NAME", help="where the model goes")
    parser.add_argument(
        "--space", metavar="OWNER/NAME", help="also, or only, a Space that runs the studio with it"
    )
    parser.add_argument(
        "--licence",
        default="",
        help="under which the data allow it, such as cc-by-4.0; there is no default",
    )
    parser.add_argument("--public", action="store_true", help="seen by everybody; else by you")
    parser.add_argument(
        "--token-file",
        help="a file with your token, which may write; else the variable HF_TOKEN, else it is asked for",
    )


def command(args: argparse.Namespace) -> dict:
    """Publish a model on the Hugging Face Hub, private unless told, or a Space that runs it."""
    from tgan_demo.hub import publish, reach, space

    for name in (args.repo, args.space):
        if name is not None:
            reach.check_repo_id(name)
    if not (args.repo or args.space):
        raise ConfigError("publish wants OWNER/NAME for the model, --space OWNER/NAME, or both")
    model = open_model(args.model)
    publish.check_licence(model, args.licence, ": --licence")  # before a token is asked for
    asked = publish.Asked(
        repo_id=args.repo or args.space,
        licence=args.licence,
        token=_token(args.token_file),
        is_public=args.public,
    )
    said: dict = {"model": model.id, "private": not args.public}
    if args.repo:
        said |= _said(publish.publish(model, asked))
    if args.space:
        asked = replace(asked, repo_id=args.space)
        try:
            said["space"] = _said(space.publish_space(model, asked, model_repo=args.repo or ""))
        except TganError as error:
            if not args.repo:
                raise
            print(f"error: {error}", file=sys.stderr)  # what was published is told all the same
            said["failed"] = ["space"]
    return said


def _said(sent: "Sent") -> dict:
    return {"url": sent.url, "commit": sent.commit, "new": sent.is_new}


def _token(file: str | None) -> str:
    """The person's own; the login that the Hub's library may have kept is not looked for."""
    if file:
        return Path(file).read_text("utf-8").strip()
    if token := os.environ.get("HF_TOKEN"):
        return token
    return getpass.getpass("Hugging Face token: ") if sys.stdin.isatty() else ""
