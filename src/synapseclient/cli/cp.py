"""``synapse cp``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "id",
        metavar="syn123",
        help="Id of entity in Synapse to be copied, or syn123.4 for a version",
    )
    parser.add_argument(
        "--destinationId",
        metavar="syn123",
        required=True,
        help="Synapse ID of project or folder where file will be copied to; of a project if a"
        " project is copied.",
    )
    parser.add_argument(
        "--version",
        "-v",
        metavar="1",
        type=options.version,
        help="Synapse version number of File to copy. [default: the most recent one]",
    )
    parser.add_argument(
        "--setProvenance",
        metavar="traceback",
        default="traceback",
        help="Provenance of copied files: traceback (they were copied, and from what), existing"
        " (that of the original), or None [default: traceback]",
    )
    parser.add_argument(
        "--updateExisting",
        action="store_true",
        help="Change what has the same name at the destination, unless it is the same already",
    )
    parser.add_argument(
        "--skipCopyAnnotations", action="store_true", help="Do not copy the annotations"
    )
    parser.add_argument(
        "--excludeTypes",
        nargs="*",
        metavar="file table",
        default=[],
        help="List of entity types (file, table, link) which are not to be copied",
    )
    parser.add_argument("--skipCopyWiki", action="store_true", help="Do not copy the wiki pages")
    parser.epilog = "example: synapse cp syn123 --destinationId syn456 --setProvenance existing"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Copy, and say what became of each entity."""
    from synapseclient.core.blocking import run as wait
    from synapseclient.core.utils import get_synid_and_version
    from synapseclient.sync.copy import copy_tree
    from synapseclient.sync.wikis import WikiOptions

    id, named = get_synid_and_version(args.id)
    provenance: str | None = args.setProvenance
    copied = wait(
        copy_tree(
            syn,
            id,
            args.destinationId,
            version=args.version if args.version is not None else named,
            annotations=not args.skipCopyAnnotations,
            wikis=None if args.skipCopyWiki else WikiOptions(),
            provenance=None if provenance in ("None", "none") else provenance,
            update_existing=args.updateExisting,
            exclude=args.excludeTypes,
        )
    )
    syn.logger.info("%s", copied.mapping)
    copied.raise_for_failures()
