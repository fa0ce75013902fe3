"""``synapse get``"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "-q",
        "--query",
        dest="queryString",
        metavar="queryString",
        help="Optional query parameter, will fetch all of the entities returned by a query.",
    )
    parser.add_argument(
        "-v",
        "--version",
        type=options.version,
        metavar="VERSION",
        help="Synapse version number of entity to retrieve. [default: most recent version]",
    )
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="Fetches content in Synapse recursively contained in the parentId",
    )
    parser.add_argument(
        "--followLink",
        action="store_true",
        help="Of a link, and with -r of all links below, get what it points to.",
    )
    parser.add_argument(
        "--limitSearch",
        metavar="projId",
        help="Synapse ID of a container such as project or folder to limit search for files if"
        " using a path.",
    )
    parser.add_argument(
        "--downloadLocation",
        metavar="path",
        default="./",
        help="Directory to download file to [default: %(default)s].",
    )
    parser.add_argument(
        "--multiThreaded",
        action="store_true",
        default=True,
        help="Download in several threads, which is always done.",
    )
    parser.add_argument(
        "id",
        metavar="local path or syn123",
        nargs="?",
        help="Synapse ID of form syn123 of desired data object, or the path of a local file.",
    )
    parser.add_argument(
        "--manifest",
        choices=["all", "root", "suppress"],
        default="all",
        help="Of -r: write a manifest of the files into each folder (all), only into the first"
        " (root), or not (suppress) [default: %(default)s]",
    )
    parser.epilog = (
        "examples: synapse get syn123; synapse get -r syn456 --downloadLocation data;"
        ' synapse get -q "select id from syn789"'
    )


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Download, and say where to."""
    from synapseclient.core.utils import is_url

    if args.queryString is not None:
        _get_found(args, syn)
        return
    if args.id is None:
        raise ValueError("Missing expected id argument for use with the get command")
    if os.path.isfile(args.downloadLocation):
        raise ValueError(f"--downloadLocation must be a folder: {args.downloadLocation} is a file.")
    if args.recursive and _got_all(args, syn):
        return
    is_local = os.path.isfile(args.id)
    entity = syn.get(
        args.id,
        version=args.version,
        limitSearch=args.limitSearch,
        followLink=args.followLink,
        downloadLocation=args.downloadLocation,
        ifcollision="overwrite.local" if args.recursive else None,
    )
    path = entity.get("path")
    if is_local and path:
        syn.logger.info("Associated file: %s with synapse ID %s", path, entity["id"])
    elif path and not is_url(path):
        syn.logger.info("Downloaded file: %s", os.path.basename(path))
    else:
        syn.logger.info("WARNING: No files associated with entity %s\n", entity["id"])
        syn.printEntity(entity)
        return
    syn.logger.info("Creating %s", path)


def _get_found(args: argparse.Namespace, syn: Synapse) -> None:
    """Download every entity whose id stands in the column ``id`` of a query's result."""
    if args.version is not None or args.id is not None:
        raise ValueError("You cannot specify an id or a version with a query.")
    from synapseclient.cli.query import FROM_TABLE

    if not FROM_TABLE.search(args.queryString):
        raise ValueError("The query has no table: write it like select id from syn123.")
    found: Any = syn.tableQuery(args.queryString)
    names = [each["name"] for each in found.headers or []]
    if "id" not in names:
        raise ValueError("Query does not include the id column.")
    place = names.index("id")
    for id in dict.fromkeys(row[place] for row in found if row[place]):
        syn.get(str(id), downloadLocation=args.downloadLocation)


def _got_all(args: argparse.Namespace, syn: Synapse) -> bool:
    """Download what is in a project or folder; false for what has nothing in it."""
    if args.version is not None:
        raise ValueError("You cannot specify a version making a recursive download.")
    from synapseclient.core.blocking import run as wait
    from synapseclient.entity import is_container
    from synapseclient.sync import tree

    top = syn.get(args.id, downloadFile=False, followLink=args.followLink)
    if not is_container(top):
        return False
    found = wait(
        tree.sync_down(
            syn,
            top["id"],
            args.downloadLocation,
            follow_links=args.followLink,
            manifests=args.manifest,
            details=False,
        )
    )
    found.synced.raise_for_failures("downloaded")
    return True
