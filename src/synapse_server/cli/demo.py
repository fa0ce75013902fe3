"""``synapse-server demo load``"""

from __future__ import annotations

import argparse
import asyncio

from synapse_server.cli import options, settings_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """``demo load``"""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("load", parents=[options()], help="load it; does nothing the second time")


def run(args: argparse.Namespace) -> int:
    """Load the demonstration data."""
    return asyncio.run(_load(args))


async def _load(args: argparse.Namespace) -> int:
    from synapse_server.demo import load
    from synapse_server.kernel.logs import configure

    settings = settings_of(args)
    configure(settings.log_format, "WARNING")
    project = await load(settings)
    print(f"The demonstration project is {project}")
    return 0
