"""``synapse store-table``"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--name", metavar="NAME", required=True, help="Name of Table")
    parser.add_argument(
        "--parentid",
        "--parentId",
        dest="parentid",
        metavar="syn123",
        help="Synapse ID of project",
    )
    parser.add_argument(
        "--csv",
        metavar="foo.csv",
        help="Path to csv; its first line has the names of the columns, whose types are found from"
        " the values",
    )
    parser.epilog = "example: synapse store-table --name Birds --parentid syn123 --csv birds.csv"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Make the table, and print its id."""
    from synapseclient.table import build_table

    for option, value in (("--csv", args.csv), ("--parentid", args.parentid)):
        if value is None:
            raise ValueError(f"store-table needs {option}.")
    table = syn.store(build_table(args.name, args.parentid, args.csv))
    syn.logger.info(json.dumps({"tableId": table.tableId}))
