"""Options that several commands share, and what their values mean."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def secret(text: str) -> str:
    """A password or token as it was meant: what a file or a shell adds at its ends is left out."""
    return text.strip()


def version(text: str) -> int:
    """The number of a version."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a version is a whole number, not {text!r}")
    return int(text)


def used(parser: argparse.ArgumentParser) -> None:
    """``--used`` and ``--executed``"""
    for name in ("used", "executed"):
        parser.add_argument(
            f"--{name}",
            metavar="target",
            nargs="*",
            help=f"Synapse ID, a url, or a local file path (of a file previously uploaded to"
            f" Synapse) that was {name} to generate this entity.",
        )


def limit_search(parser: argparse.ArgumentParser) -> None:
    """``--limitSearch``"""
    parser.add_argument(
        "--limitSearch",
        metavar="projId",
        help="Synapse ID of a container such as project or folder to limit search for provenance"
        " files.",
    )


def output(parser: argparse.ArgumentParser, what: str) -> None:
    """``--output``"""
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUTPUT_FILE",
        nargs="?",
        const="STDOUT",
        help=f"Output the {what} record in JSON format",
    )


def parse_annotations(text: str | None) -> dict[str, Any] | None:
    """The annotations that a JSON text gives.

    Raises:
        ValueError: It is not JSON, or not an object.
    """
    import json

    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(
            f'--annotations must be a JSON object such as \'{{"tissue": ["liver"]}}\', in quotes'
            f" that your shell keeps: {error}"
        ) from None
    if not isinstance(found, dict):
        raise ValueError("--annotations must be a JSON object with names and values.")
    return found


def description(args: argparse.Namespace) -> str | None:
    """The text of ``--description`` or ``--descriptionFile``."""
    if args.descriptionFile is not None:
        with open(args.descriptionFile, encoding="utf-8") as file:
            return file.read()
    text: str | None = args.description
    return text


def add_wiki(args: argparse.Namespace, entity: Any, syn: Synapse) -> None:
    """Make what ``--description`` or ``--descriptionFile`` says the wiki of an entity."""
    from synapseclient.wiki import Wiki

    text = description(args)
    if text:
        syn.store(Wiki(markdown=text, owner=entity))


def entities(names: list[str] | None, syn: Synapse, limit: str | None) -> list[Any] | None:
    """What ``--used`` names: ids and URLs as they are, local files as their entities."""
    if not names:
        return None
    return [
        syn.get(name, limitSearch=limit) if os.path.isfile(name) else name
        for name in names
        if name.lower() != "none"
    ] or None


def write_text(text: str, target: str | None, syn: Synapse) -> None:
    """Print text, or write it to a file."""
    if target is None or target == "STDOUT":
        syn.logger.info("%s", text)
        return
    with open(target, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def write_json(value: Any, target: str | None, syn: Synapse, *, indent: bool) -> None:
    """Print JSON, or write it to a file."""
    import json

    printed = indent and (target is None or target == "STDOUT")
    text = json.dumps(value, sort_keys=True, indent=2) if printed else json.dumps(value)
    write_text(text, target, syn)
