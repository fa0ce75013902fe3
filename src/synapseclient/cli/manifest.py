"""``synapse manifest``"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "path",
        metavar="PATH",
        help="A path to a folder whose files will be included in the manifest",
    )
    parser.add_argument(
        "--parent-id",
        dest="parentid",
        metavar="syn123",
        required=True,
        help="Synapse ID of project or folder where to upload data.",
    )
    parser.add_argument(
        "--manifest-file",
        metavar="OUTPUT",
        help="A TSV output file path where the generated manifest is stored. [default: stdout]",
    )
    parser.epilog = "example: synapse manifest results/ --parent-id syn123 --manifest-file m.tsv"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Make the folders in Synapse, and write the manifest."""
    from synapseclient.core.blocking import run as wait
    from synapseclient.sync import tree
    from synapseclient.sync.manifest import write_plain

    rows = wait(tree.rows_of_folder(syn, args.path, args.parentid))
    write_plain(args.manifest_file or sys.stdout.fileno(), rows)
