"""``synapse store`` and ``synapse add``"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from synapseclient.cli import options

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument(
        "--parentid",
        "--parentId",
        dest="parentid",
        metavar="syn123",
        help="Synapse ID of project or folder where to upload data.",
    )
    place.add_argument("--id", metavar="syn123", help="Id of entity in Synapse to be updated.")
    place.add_argument(
        "--type", default="File", help="Type of object, such as File, Folder, or Project."
    )
    parser.add_argument("--name", metavar="NAME", help="Name of data object in Synapse")
    text = parser.add_mutually_exclusive_group()
    text.add_argument("--description", help="Description of data object in Synapse.")
    text.add_argument(
        "--descriptionFile",
        metavar="DESCRIPTION_FILE_PATH",
        help="Path to a markdown file containing description of project/folder",
    )
    options.used(parser)
    options.limit_search(parser)
    parser.add_argument(
        "--noForceVersion",
        action="store_true",
        help="Do not force a new version to be created if the contents of the file have not"
        " changed.",
    )
    parser.add_argument(
        "--annotations",
        metavar="ANNOTATIONS",
        help="Annotations to add as a JSON formatted string, a dictionary of lists.",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="Replace all existing annotations with the given annotations",
    )
    parser.add_argument("--file", help=argparse.SUPPRESS)
    parser.add_argument("FILE", nargs="?", help="file to be added to synapse.")
    parser.epilog = (
        "example: %(prog)s data.csv --parentid syn123 --used raw.csv --executed clean.py"
    )


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Store, and say what became of it."""
    from synapseclient.core.utils import guess_file_name, is_url
    from synapseclient.entity import File, Folder, Project

    if args.file and args.FILE:
        raise ValueError(f"only specify one file: not both {args.file} and {args.FILE}.")
    path = args.file or args.FILE
    if path and os.path.isdir(path):
        raise ValueError(f"{path} is a folder: synapse store sends one file.")
    annotations = options.parse_annotations(args.annotations)
    if args.id is not None:
        entity = syn.get(args.id, downloadFile=False)
        if args.name:
            entity.name = args.name
        if path:
            if not isinstance(entity, File):
                raise ValueError(f"{args.id} is a {type(entity).__name__}: it takes no FILE.")
            entity.path = path
            entity.synapseStore = not is_url(path)
    elif args.type == "File":
        if not path:
            raise ValueError("synapse store needs a FILE.")
        entity = File(
            path,
            parent=args.parentid,
            name=args.name or guess_file_name(path),
            synapseStore=not is_url(path),
        )
    elif args.type in ("Project", "Folder"):
        kinds = {"Project": Project, "Folder": Folder}
        entity = kinds[args.type](name=args.name, parent=args.parentid)
    else:
        raise ValueError(f"--type is File, Folder or Project, not {args.type}.")
    options.description(args)  # a file that is not there is told before anything is sent
    if annotations is not None:
        if args.replace:
            entity.annotations = annotations
        else:
            entity.annotations.update(annotations)
    entity = syn.store(
        entity,
        used=options.entities(args.used, syn, args.limitSearch),
        executed=options.entities(args.executed, syn, args.limitSearch),
        forceVersion=not args.noForceVersion,
    )
    options.add_wiki(args, entity, syn)
    syn.logger.info("Created/Updated entity: %s\t%s", entity["id"], entity["name"])
    if annotations is not None:
        sys.stderr.write(f"Set annotations on entity {entity['id']}\n")
