"""``synapse-server user …`` and ``synapse-server token …``: they work while the server runs."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from synapse_server.cli import options, settings_of


def user_arguments(parser: argparse.ArgumentParser) -> None:
    """``user add|list|disable|enable|act|forget-codes``"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", parents=[options()], help="make an account")
    add.add_argument("name", metavar="NAME", help="user name")
    add.add_argument("--email", help="address that the user can log in with, too")
    add.add_argument("--first-name")
    add.add_argument("--last-name")
    add.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
    add.add_argument("--admin", action="store_true", help="make an administrator")
    add.add_argument("--certified", action="store_true", help="make a certified user")
    add.add_argument("--act", action="store_true", help="make a member of the compliance team")
    verbs.add_parser("list", parents=[options()], help="list all accounts")
    for verb, meaning in (
        ("disable", "lock a user out"),
        ("enable", "let a user in again"),
        ("forget-codes", "switch two-factor authentication off for who lost app and codes"),
    ):
        each = verbs.add_parser(verb, parents=[options()], help=meaning)
        each.add_argument("name", metavar="NAME", help="user name or e-mail address")
    act = verbs.add_parser(
        "act", parents=[options()], help="make a user a member of the compliance team"
    )
    act.add_argument("name", metavar="NAME", help="user name or e-mail address")
    act.add_argument("--remove", action="store_true", help="take a user out of it")


def token_arguments(parser: argparse.ArgumentParser) -> None:
    """``token create|revoke``"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    create = verbs.add_parser(
        "create", parents=[options()], help="print a new personal access token, alone"
    )
    create.add_argument("name", metavar="NAME", help="user name or e-mail address")
    create.add_argument(
        "--scope",
        action="append",
        choices=["view", "download", "modify"],
        help="what it may do; may be given several times [all three]",
    )
    create.add_argument("--token-name", help="what the token is called")
    revoke = verbs.add_parser("revoke", parents=[options()], help="revoke a token")
    revoke.add_argument("token", metavar="TOKEN", help="the token itself, or - to read it")


def run_user(args: argparse.Namespace) -> int:
    """Run a verb of ``user``."""
    verbs: dict[str, Callable[[argparse.Namespace], Coroutine[Any, Any, int]]] = {
        "add": _add,
        "list": _list,
        "disable": _change,
        "enable": _change,
        "act": _change,
        "forget-codes": _change,
    }
    return asyncio.run(verbs[args.verb](args))


def run_token(args: argparse.Namespace) -> int:
    """Run a verb of ``token``."""
    return asyncio.run(_create_token(args) if args.verb == "create" else _revoke_token(args))


async def _add(args: argparse.Namespace) -> int:
    from synapse_server.app import open_database
    from synapse_server.auth import passwords
    from synapse_server.kernel.caller import ADMINISTRATORS, CERTIFIED_USERS
    from synapse_server.kernel.database import Tx
    from synapse_server.users import service, store

    if args.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = getpass.getpass(f"Password for {args.name}: ")
    else:
        print("Give a password on standard input with --password-stdin.", file=sys.stderr)
        return 1
    hashed = passwords.hash_password(passwords.check_strength(password))

    async def add(tx: Tx) -> int:
        id = await service.create_user(
            tx,
            args.name,
            password=hashed,
            email=args.email,
            first_name=args.first_name,
            last_name=args.last_name,
        )
        if args.admin:
            await store.add_member(tx, ADMINISTRATORS, id)
        if args.act:
            await store.add_member(tx, service.ACT, id)
        if args.certified:
            await store.set_certified(tx, id, True)
            await store.add_member(tx, CERTIFIED_USERS, id)
        return id

    database = await open_database(settings_of(args))
    try:
        print(f"Added the user {args.name} with the id {await database.write(add)}")
    finally:
        await database.close()
    return 0


async def _list(args: argparse.Namespace) -> int:
    from synapse_server.app import open_database
    from synapse_server.kernel.caller import ADMINISTRATORS
    from synapse_server.kernel.database import Tx
    from synapse_server.users import store
    from synapse_server.users.service import ACT

    async def show(tx: Tx) -> None:
        offset = 0
        while rows := await store.list_kind(tx, True, offset, 100):
            for row in rows:
                marks = [
                    name
                    for name, holds in (
                        ("administrator", await store.is_member(tx, ADMINISTRATORS, row["id"])),
                        ("compliance team", await store.is_member(tx, ACT, row["id"])),
                        ("certified", row["is_certified"]),
                        ("two-factor", row["two_factor_on"] is not None),
                        ("disabled", row["is_disabled"]),
                    )
                    if holds
                ]
                print(f"{row['id']:<10} {row['name']:<24} {', '.join(marks)}".rstrip())
            offset += 100

    database = await open_database(settings_of(args))
    try:
        await database.scan(show)
    finally:
        await database.close()
    return 0


async def _change(args: argparse.Namespace) -> int:
    """The verbs that change one user."""
    from synapse_server.app import open_database
    from synapse_server.auth import two_factor
    from synapse_server.kernel.database import Tx
    from synapse_server.users import service, store

    async def change(tx: Tx) -> bool:
        id = await service.look_up(tx, args.name)
        if id is None:
            return False
        if args.verb == "act":
            verb = store.remove_member if args.remove else store.add_member
            await verb(tx, service.ACT, id)
        elif args.verb == "forget-codes":
            await two_factor.forget(tx, id)
        else:
            await store.set_disabled(tx, id, args.verb == "disable")
        return True

    said = {
        "disable": f"Disabled {args.name}",
        "enable": f"Enabled {args.name}",
        "act": f"{args.name} is{' not' if getattr(args, 'remove', False) else ''} in the compliance"
        " team now",
        "forget-codes": f"{args.name} logs in with the password alone now",
    }
    database = await open_database(settings_of(args))
    try:
        if not await database.write(change):
            print(f"There is no user {args.name!r}.", file=sys.stderr)
            return 1
        print(said[args.verb])
    finally:
        await database.close()
    return 0


async def _create_token(args: argparse.Namespace) -> int:
    from synapse_server.app import open_database, open_tokens
    from synapse_server.auth import service
    from synapse_server.kernel.database import Tx
    from synapse_server.users import service as users
    from synapse_wire.auth import TokenRequest
    from synapse_wire.errors import NotFound

    settings = settings_of(args)
    database = await open_database(settings)
    try:
        tokens = await open_tokens(database, settings)
        request = TokenRequest(
            scope=args.scope or ["view", "download", "modify"], name=args.token_name
        )

        async def create(tx: Tx) -> str:
            id = await users.look_up(tx, args.name)
            if id is None:
                raise NotFound(f"There is no user {args.name!r}.")
            return (await service.create_token(tx, tokens, id, request)).token

        print(await database.write(create))
    finally:
        await database.close()
    return 0


async def _revoke_token(args: argparse.Namespace) -> int:
    from synapse_server.app import open_database, open_tokens
    from synapse_server.auth import store

    given: str = args.token
    token = sys.stdin.readline().strip() if given.startswith("-") else given
    settings = settings_of(args)
    database = await open_database(settings)
    try:
        claims = (await open_tokens(database, settings)).read(token)
        await database.write(lambda tx: store.delete_token(tx, claims.token_id))
        print("Revoked")
    finally:
        await database.close()
    return 0
