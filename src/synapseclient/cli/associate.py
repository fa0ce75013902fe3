"""``synapse associate``"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synapseclient.core.exceptions import SynapseFileNotFoundError

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("path", metavar="path", help="local file path")
    parser.add_argument(
        "--limitSearch",
        metavar="projId",
        help="Synapse ID of a container such as project or folder to limit search to.",
    )
    parser.add_argument(
        "-r",
        action="store_true",
        help="Perform recursive association with all local files in a folder",
    )
    parser.epilog = "example: synapse associate -r data/ --limitSearch syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Find each file in Synapse by its content, and note it in the cache."""
    paths = _files(args.path) if args.r or os.path.isfile(args.path) else iter(())
    count = 0
    for count, path in enumerate(paths, 1):  # noqa: B007  whether there is any
        try:
            entity = syn.get(path, limitSearch=args.limitSearch)
        except SynapseFileNotFoundError:
            syn.logger.warning("WARNING: The file %s is not available in Synapse", path)
        except PermissionError as error:
            if not args.r:
                raise
            syn.logger.warning("WARNING: The file %s was not read: %s", path, error.strerror)
        else:
            syn.logger.info("%s.%i\t%s", entity["id"], entity["versionNumber"], path)
    if count == 0:
        raise ValueError(
            "The path specified is inaccurate. If it is a directory try using 'associate -r'"
        )


def _files(path: str) -> Iterator[str]:
    if os.path.isfile(path):
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in sorted(names):
            yield os.path.join(folder, name)
