"""``synapse list``"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("id", metavar="syn123", help="Synapse ID of a Project or Folder")
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="recursively list contents of the subdirectories encountered",
    )
    parser.add_argument(
        "-l", "--long", action="store_true", help="List synapse entities in long format"
    )
    parser.add_argument(
        "-m",
        "--modified",
        action="store_true",
        help="In long format, list modified by and modified date",
    )
    parser.epilog = "example: synapse list -r -l syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Print a line a child."""
    names: dict[str, str] = {}
    if not _list(syn, args, args.id, 0, names):
        sys.stdout.write(f"No results visible to {syn.username} found for id {args.id}\n")


def _list(
    syn: Synapse, args: argparse.Namespace, parent: str, indent: int, names: dict[str, str]
) -> int:
    from synapseclient.entity import is_container

    count = 0
    for child in syn.getChildren(parent):
        count += 1
        can_hold = is_container(child)
        sys.stdout.write(_line(syn, args, child, can_hold, indent, names) + "\n")
        if can_hold and (args.recursive or indent == 0):
            _list(syn, args, child["id"], indent + 1, names)
    return count


def _line(
    syn: Synapse,
    args: argparse.Namespace,
    child: Mapping[str, Any],
    can_hold: bool,
    indent: int,
    names: dict[str, str],
) -> str:
    name = "  " * indent + child["name"] + ("/" if can_hold else "")
    if not (args.long or args.modified):
        return f"{child['id']}  {name}"
    created = f"{_who(syn, child['createdBy'], names)} {_when(child['createdOn'])}"
    line = f"{child['id']} {child.get('versionNumber', 0):>3}  {created}"
    if args.modified:
        line += f"  {_who(syn, child['modifiedBy'], names)} {_when(child['modifiedOn'])}"
    return f"{line}  {name}"


def _who(syn: Synapse, user: str, names: dict[str, str]) -> str:
    if user not in names:
        names[user] = syn.getUserProfile(user)["userName"]
    return f"{names[user][:18]:>18}"


def _when(date: str) -> str:
    return date[:16].replace("T", " ")
