"""The command ``synapse-server``."""

from __future__ import annotations

import argparse
import sys

from synapse_server import cli
from synapse_server.settings import BadSetting
from synapse_wire.errors import ApiError


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    from synapse_server.cli import demo, migrate, serve, users

    parser = argparse.ArgumentParser(
        prog="synapse-server", description="Run a Synapse of your own."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, meaning, fill, run in (
        ("serve", "serve the Synapse REST API", serve.arguments, serve.run),
        ("migrate", "bring the database to the present schema", migrate.arguments, migrate.run),
    ):
        command = commands.add_parser(name, parents=[cli.options()], help=meaning)
        fill(command)
        command.set_defaults(run=run)
    for name, meaning, fill, run in (
        ("user", "add, list, disable users", users.user_arguments, users.run_user),
        ("token", "create, revoke personal access tokens", users.token_arguments, users.run_token),
        ("demo", "load the demonstration data", demo.arguments, demo.run),
    ):
        command = commands.add_parser(name, help=meaning)
        fill(command)
        command.set_defaults(run=run)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    args = build_parser().parse_args(argv)
    try:
        code: int = args.run(args)
    except (ApiError, BadSetting, OSError) as error:
        print(f"synapse-server: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
