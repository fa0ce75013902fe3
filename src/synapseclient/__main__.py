"""The command ``synapse``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse


def build_parser() -> argparse.ArgumentParser:
    """The parser with all commands and all their options."""
    from synapseclient.cli import parser

    return parser.build()


def perform_main(args: argparse.Namespace, syn: Any) -> None:
    """Run the command that the arguments name in a session, and log it in if need be.

    Raises:
        SystemExit: It failed.
    """
    from synapseclient.cli import parser

    parser.perform(args, syn)


def main(argv: list[str] | None = None) -> int:
    """Run a command line; its exit code."""
    given = sys.argv[1:] if argv is None else argv
    if given == ["--version"]:  # most often asked by scripts: import nothing for it
        from synapseclient.core.version import __version__

        print(f"Synapse Client {__version__}")
        return 0
    from synapseclient.cli import parser

    return parser.main(given)


if __name__ == "__main__":
    sys.exit(main())
