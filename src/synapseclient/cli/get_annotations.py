"""``synapse get-annotations``"""

from __future__ import annotations

import argparse
import datetime
from typing import TYPE_CHECKING, Any

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
    options.output(parser, "annotations")
    parser.epilog = "example: synapse get-annotations --id syn123 -o annotations.json"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Print annotations as JSON."""
    found = syn.get_annotations(args.id)
    plain = {key: [_plain(value) for value in values] for key, values in found.items()}
    options.write_json(plain, args.output, syn, indent=True)


def _plain(value: Any) -> Any:
    from synapseclient.core.utils import datetime_to_iso

    return datetime_to_iso(value) if isinstance(value, datetime.datetime) else value
