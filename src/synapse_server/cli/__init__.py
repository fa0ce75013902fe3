"""The command ``synapse-server``: a file a group of commands, everything heavy imported late."""

from __future__ import annotations

import argparse

from synapse_server.settings import Settings, load


def options() -> argparse.ArgumentParser:
    """The options of every command."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--data", metavar="DIR", help="data folder [synapse-data]")
    parser.add_argument("--database", metavar="URL", help="postgresql://… instead of SQLite")
    parser.add_argument("--blobs", metavar="URL", help="s3://… instead of the data folder")
    return parser


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings that the command line, the environment and the file say together."""
    names = Settings.__dataclass_fields__
    return load({name: value for name, value in vars(args).items() if name in names})
