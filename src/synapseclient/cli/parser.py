"""Which commands there are, and how a command line becomes a call.

Only the commands whose names stand on the command line are imported: ``synapse get`` pays for
``get`` alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from synapseclient.cli import options
from synapseclient.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from synapseclient.client import Synapse

CONFIG = os.path.join(os.path.expanduser("~"), ".synapseConfig")
"""``CONFIG_FILE`` of ``core.config``, whose import would cost ``synapse -h`` 20 ms."""

COMMANDS = {
    "get": "downloads a file from Synapse",
    "sync": "Synchronize files described in a manifest to Synapse",
    "store": "uploads and adds a file to Synapse",
    "add": "uploads and adds a file to Synapse",
    "mv": "Moves a file/folder in Synapse",
    "cp": "Copies specific versions of synapse content such as files, folders and projects by"
    " recursively copying all sub-content",
    "associate": "Associate local files with the files stored in Synapse so that calls to"
    ' "synapse get" and "synapse show" don\'t re-download the files but use the already existing'
    " file.",
    "delete": "removes a dataset from Synapse",
    "query": "Performs SQL like queries on Synapse",
    "submit": "submit an entity or a file for evaluation",
    "show": "show metadata for an entity",
    "cat": "prints a dataset from Synapse",
    "list": "List Synapse entities contained by the given Project or Folder. Note: May not be"
    " supported in future versions of the client.",
    "set-provenance": "create provenance records",
    "get-provenance": "show provenance records",
    "set-annotations": "create annotations records",
    "get-annotations": "show annotations records",
    "create": "Creates folders or projects on Synapse",
    "onweb": "opens Synapse website for Entity",
    "login": "login to Synapse and (optionally) cache credentials",
    "test-encoding": "test character encoding to help diagnose problems",
    "config": "Create or modify a Synapse configuration file",
    "manifest": "Generate manifest for uploading directory tree to Synapse",
    "get-download-list": "Download files from the Synapse download cart",
    "store-table": "Creates a Synapse Table given a csv",
    "get-sts-token": "Get an STS token for access to AWS S3 storage underlying Synapse",
    "migrate": "Migrate Synapse entities to a different storage location",
    "generate-json-schema": "Generate JSON Schema from a data model",
    "register-json-schema": "Register a JSON Schema to a Synapse organization",
    "bind-json-schema": "Bind a JSON Schema to a Synapse entity",
    "verify": "Compare a folder with one in Synapse, by the MD5 of each file",
    "permissions": "Print who may do what with an entity, or a tree, and what inherits it",
    "share": "Let a user, a team or everybody do something with an entity, or no more",
    "whoami": "Print who is logged in, and where",
    "cache": "Look at the local cache, remove files from it, check its content",
    "doctor": "Look for what is wrong: configuration, server, token, clock, proxy, cache, disk",
    "completion": "Print a script that completes commands and options in your shell",
}
_MODULES = {
    "get": "get",
    "store": "store",
    "add": "store",
    "mv": "mv",
    "cp": "cp",
    "associate": "associate",
    "delete": "delete",
    "query": "query",
    "submit": "submit",
    "show": "show",
    "cat": "cat",
    "list": "listing",
    "set-provenance": "set_provenance",
    "get-provenance": "get_provenance",
    "set-annotations": "set_annotations",
    "get-annotations": "get_annotations",
    "create": "create",
    "onweb": "onweb",
    "login": "login",
    "test-encoding": "test_encoding",
    "config": "config",
    "sync": "sync",
    "manifest": "manifest",
    "store-table": "store_table",
    "verify": "verify",
    "permissions": "permissions",
    "share": "share",
    "whoami": "whoami",
    "cache": "cache",
    "doctor": "doctor",
    "completion": "completion",
}
"""The commands that are there; the others say that they are not."""

_WITHOUT_SESSION = ("test-encoding", "cache", "doctor", "completion")
_WITHOUT_LOGIN = ("login", "config", *_WITHOUT_SESSION)


def build(only: Iterable[str] | None = None) -> argparse.ArgumentParser:
    """The parser. ``only`` names the commands whose own options are needed."""
    _untranslated()
    parser = argparse.ArgumentParser(
        prog="synapse", description="Interfaces with the Synapse repository."
    )
    parser.add_argument("--version", action="version", version=f"Synapse Client {__version__}")
    parser.add_argument(
        "-u", "--username", dest="synapseUser", help="Username used to connect to Synapse"
    )
    parser.add_argument(
        "-p",
        "--password",
        dest="synapse_auth_token",
        type=options.secret,
        metavar="SYNAPSEPASSWORD",
        help="Password, API key or personal access token used to connect to Synapse",
    )
    parser.add_argument(
        "-r",
        "--profile",
        dest="profile",
        help="Section of the configuration file to use for login",
    )
    parser.add_argument(
        "-c",
        "--configPath",
        dest="configPath",
        default=CONFIG,
        help=f"Path to configuration file used to connect to Synapse [default: {CONFIG}]",
    )
    parser.add_argument("--debug", action="store_true", help="show requests and tracebacks")
    parser.add_argument("--silent", action="store_true", help="print nothing but errors")
    parser.add_argument(
        "-s",
        "--skip-checks",
        action="store_true",
        dest="skip_checks",
        help="suppress checking for version upgrade messages and endpoint redirection",
    )
    parser.add_argument(
        "--otel",
        choices=["console", "otlp"],
        help="accepted and ignored: this client sends no traces",
    )
    commands = parser.add_subparsers(
        title="commands",
        dest="command",
        description="The following commands are available:",
        help='For additional help: "synapse <COMMAND> -h"',
    )
    for name, meaning in COMMANDS.items():
        command = commands.add_parser(name, help=meaning, description=meaning)
        if only is None or name in only:
            _fill(command, name)
    return parser


def _untranslated() -> None:
    """Keep argparse from looking for translations of its messages, which nobody has: it asks
    gettext anew for each, and that looks for a file in the folder of each variant of the locale:
    hundreds of calls at each start of ``synapse``."""
    vars(argparse)["_"] = lambda text: text
    vars(argparse)["ngettext"] = lambda one, many, count: one if count == 1 else many


def _fill(parser: argparse.ArgumentParser, name: str) -> None:
    module = _MODULES.get(name)
    if module is None:
        parser.set_defaults(run=_not_yet)
        return
    found = import_module(f"synapseclient.cli.{module}")
    found.arguments(parser)
    parser.set_defaults(run=found.run)


def _not_yet(args: argparse.Namespace, syn: Any) -> None:
    raise SystemExit(f"synapse {args.command} is not in this release yet.")


def perform(args: argparse.Namespace, syn: Synapse) -> None:
    """Run the command of these arguments in a session, logged in if need be.

    Raises:
        SystemExit: It failed; what happened was said on standard error.
    """
    if args.command is None:
        build(only=()).print_help()
    elif code := _ended(args, lambda: _run(args, syn)):
        raise SystemExit(code)


def main(argv: list[str]) -> int:
    """Run a command line; its exit code."""
    parser = build(only=[word for word in argv if word in COMMANDS])
    args, unknown = parser.parse_known_args(argv)
    if unknown and args.command in _MODULES:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if args.command is None:
        parser.print_help()
        return 0
    return _ended(args, lambda: _run(args, _session(args)))


def _run(args: argparse.Namespace, syn: Synapse | None) -> None:
    if args.command in _MODULES and args.command not in _WITHOUT_LOGIN:
        assert syn is not None
        if syn.credentials is None or args.synapse_auth_token or args.synapseUser or args.profile:
            from synapseclient.cli.credentials import enter

            enter(args, syn, silent=True)
    args.run(args, syn)


def _session(args: argparse.Namespace) -> Synapse | None:
    if args.command in _WITHOUT_SESSION or args.command not in _MODULES:
        return None
    from synapseclient.client import Synapse

    return Synapse(
        debug=args.debug or None,
        skip_checks=args.skip_checks,
        configPath=args.configPath,
        silent=args.silent,
        user_agent=f"synapsecommandlineclient/{__version__.partition('+')[0]}",
    )


def _ended(args: argparse.Namespace, work: Callable[[], None]) -> int:
    """Do the work; the exit code. With ``--debug`` errors are raised."""
    try:
        work()
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if args.debug:
            raise
        from synapseclient.core.advice import explain

        print(f"synapse: {explain(error)}", file=sys.stderr)
        return 1
    return 0
