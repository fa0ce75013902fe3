"""``synapse create``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--parentid",
        "--parentId",
        dest="parentid",
        metavar="syn123",
        help="Synapse ID of project or folder where to place folder [not used with project]",
    )
    parser.add_argument("--name", metavar="NAME", required=True, help="Name of folder/project.")
    text = parser.add_mutually_exclusive_group()
    text.add_argument("--description", help="Description of project/folder")
    text.add_argument(
        "--descriptionFile",
        metavar="DESCRIPTION_FILE_PATH",
        help="Path to a markdown file containing description of project/folder",
    )
    parser.add_argument("type", help="Type of object to create in synapse one of {Project, Folder}")
    parser.epilog = "example: synapse create Folder --name results --parentid syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Create, or find, a project or folder."""
    from synapseclient.entity import Folder, Project

    kinds = {"Project": Project, "Folder": Folder}
    if args.type not in kinds:
        raise ValueError(f"synapse create makes a Project or a Folder, not a {args.type}.")
    if args.type == "Folder" and args.parentid is None:
        raise ValueError("A Folder needs --parentid: a project or another folder.")
    options.description(args)  # a file that is not there is told before anything is made
    parent = args.parentid if args.type == "Folder" else None
    entity = syn.store(kinds[args.type](name=args.name, parent=parent))
    options.add_wiki(args, entity, syn)
    syn.logger.info("Created entity: %s\t%s\n", entity["id"], entity["name"])
