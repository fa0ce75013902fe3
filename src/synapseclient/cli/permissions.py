"""``synapse permissions``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapseclient.client import Synapse
    from synapseclient.sharing import Shared


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("id", metavar="syn123", help="A project, folder, file or other entity")
    parser.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="All that lies below it, too; what inherits is counted, not listed",
    )
    parser.add_argument("--json", action="store_true", help="Print it as JSON")
    parser.epilog = "example: synapse permissions -r syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Say who may do what, and from where that is inherited."""
    from synapseclient import sharing
    from synapseclient.core.blocking import run as wait

    tree = wait(
        sharing.look(
            syn,
            args.id,
            content=args.recursive,
            recursive=args.recursive,
            kinds=sharing.CONTENT,
        )
    )
    top = tree[0]
    if top.acl is None:
        tree = [wait(sharing.look(syn, top.benefactor))[0], *tree]
    names = wait(sharing.names_of(syn, (id for each in tree for id in each.acl or ())))
    if args.json:
        import json

        print(json.dumps(sharing.as_json(tree, names), indent=2))
        return
    if top.acl is None:
        syn.logger.info(
            "%s (%s) inherits its sharing settings from %s.", top.name, top.id, top.benefactor
        )
    for each in tree:
        if each.acl is not None:
            syn.logger.info("%s", _table(each, each.acl, names))
    inheriting: dict[str, int] = {}
    for each in tree if args.recursive else ():
        if each.acl is None:
            inheriting[each.benefactor] = inheriting.get(each.benefactor, 0) + 1
    for benefactor, count in inheriting.items():
        syn.logger.info("%s inherit from %s.", _count(count), benefactor)


def _count(count: int) -> str:
    return "1 entity" if count == 1 else f"{count} entities"


def _table(each: Shared, acl: dict[str, list[str]], names: dict[str, str]) -> str:
    from synapseclient import sharing

    rows = [["who", "id", "may", "kinds of access"]]
    # Those who may most come first.
    for principal, access in sorted(acl.items(), key=lambda item: (-len(item[1]), item[0])):
        who = names.get(principal, "")
        rows.append([who, principal, sharing.role_of(access), " ".join(access)])
    return f"{each.name} ({each.id}), {each.kind}\n{_columns(rows)}"


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  "
        + "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
