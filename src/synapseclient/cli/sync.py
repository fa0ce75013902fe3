"""``synapse sync``"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse
    from synapseclient.sync.manifest import Row


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--dryRun",
        action="store_true",
        help="Perform validation without uploading.",
    )
    parser.add_argument(
        "--sendMessages",
        action="store_true",
        help="Send yourself a message through Synapse (which mails it) when it has ended.",
    )
    parser.add_argument(
        "--retries",
        metavar="INT",
        type=int,
        default=4,
        help="kept for compatibility: what can succeed is tried again",
    )
    parser.add_argument(
        "manifestFile",
        metavar="FILE",
        help="A tsv or csv file with file locations and metadata to be pushed to Synapse; or a"
        " folder, all of which is stored.",
    )
    parser.add_argument(
        "parent",
        metavar="syn123",
        nargs="?",
        help="For a folder: the project or folder into which its content goes.",
    )
    parser.epilog = "example: synapse sync results/ syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Store what is new or has changed."""
    from synapseclient.core.blocking import run as wait
    from synapseclient.sync import manifest, tree

    if not os.path.isdir(args.manifestFile):
        if args.parent is not None:
            raise ValueError(f"{args.manifestFile} is not a folder; a manifest names its parents.")
        if not os.path.isfile(args.manifestFile):
            raise ValueError(f"There is no file or folder {args.manifestFile}.")
        _up(args, syn, manifest.read(args.manifestFile))
        return
    if args.parent is None:
        raise ValueError("To store a folder, say where to: synapse sync FOLDER syn123")
    rows = wait(tree.rows_of_folder(syn, args.manifestFile, args.parent, make=not args.dryRun))
    _up(args, syn, rows)
    if not args.dryRun:
        syn.logger.info("%s has everything in %s.", args.parent, args.manifestFile)


def _up(args: argparse.Namespace, syn: Synapse, rows: list[Row]) -> None:
    from synapseclient.core.blocking import run as wait
    from synapseclient.sync import tree

    subject = f"Upload of {args.manifestFile}" if args.sendMessages else None
    wait(tree.sync_up(syn, rows, dry_run=args.dryRun, subject=subject, expected=True))
