"""``synapse set-annotations``"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--id",
        metavar="syn123",
        required=True,
        help="Synapse ID of entity whose annotations we are accessing.",
    )
    parser.add_argument(
        "--annotations",
        metavar="ANNOTATIONS",
        required=True,
        help="JSON string, a dictionary of lists of annotations",
    )
    parser.add_argument(
        "-r",
        "--replace",
        action="store_true",
        help="Replace all existing annotations with the given annotations",
    )
    parser.epilog = (
        'example: synapse set-annotations --id syn123 --annotations \'{"tissue": ["liver"]}\''
    )


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Change or replace annotations."""
    from synapseclient.annotations import Annotations

    given = options.parse_annotations(args.annotations)
    current = syn.get_annotations(args.id)
    values = given or {} if args.replace else {**current, **(given or {})}
    syn.set_annotations(Annotations(current.id, current.etag, values))
    sys.stderr.write(f"Set annotations on entity {args.id}\n")
