"""``synapse share``"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synapseclient.client import Synapse

_MEANS = {
    "public": "Everybody can see it now, without logging in.",
    "registered": "Everybody who has an account can see it now.",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    from synapseclient.sharing import ROLES

    parser.add_argument("id", metavar="syn123", help="A project, folder, file or other entity")
    parser.add_argument(
        "who",
        nargs="?",
        help="Name or id of a user or team; public: everybody; registered: who has an account",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--role", choices=list(ROLES), help="What they may do; download if not given")
    what.add_argument(
        "--access",
        metavar="KINDS",
        type=lambda text: [each.strip().upper() for each in text.split(",") if each.strip()],
        help="The same as kinds of access, such as READ,UPDATE",
    )
    what.add_argument("--remove", action="store_true", help="They may do nothing any more")
    what.add_argument(
        "--inherit",
        action="store_true",
        help="Nobody in particular: it has the sharing settings of what it lies in, again",
    )
    parser.add_argument(
        "--above",
        action="store_true",
        help="Change the settings that it inherits, for all that inherits them, instead of giving"
        " it its own",
    )
    parser.epilog = "example: synapse share syn123 my_team --role edit"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Change it, and say what holds now."""
    from synapseclient import AUTHENTICATED_USERS, PUBLIC, sharing
    from synapseclient.cli import permissions

    if args.inherit:
        if args.who is not None or args.above:
            raise ValueError(
                "--inherit is for nobody in particular: leave out the name and --above."
            )
        syn.restDELETE(f"/entity/{args.id}/acl")
    else:
        if args.who is None:
            raise ValueError("Say who: synapse share syn123 NAME. Or --inherit.")
        role = args.role or ("view" if args.who == "public" else "download")
        access: Any = args.access or ([] if args.remove else sharing.ROLES[role])
        syn.setPermissions(
            args.id,
            {"public": PUBLIC, "registered": AUTHENTICATED_USERS}.get(args.who, args.who),
            list(access),
            modify_benefactor=args.above,
        )
        if access and args.who in _MEANS:
            syn.logger.info(_MEANS[args.who])
    permissions.run(argparse.Namespace(id=args.id, recursive=False, json=False), syn)
