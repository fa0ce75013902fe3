"""``synapse submit``"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from synapseclient.cli import options
from synapseclient.core.exceptions import SynapseHTTPError

if TYPE_CHECKING:
    from synapseclient.client import Synapse


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "--evaluationID",
        "--evaluationId",
        "--evalID",
        metavar="ID",
        help="Evaluation ID where the entity/file will be submitted",
    )
    parser.add_argument(
        "--evaluationName",
        "--evalN",
        metavar="NAME",
        help="Evaluation Name where the entity/file will be submitted",
    )
    parser.add_argument("--evaluation", help=argparse.SUPPRESS)
    parser.add_argument(
        "--entity",
        "--eid",
        "--entityId",
        "--id",
        metavar="syn123",
        help="Synapse ID of the entity to be submitted",
    )
    parser.add_argument(
        "--file",
        "-f",
        metavar="FILE",
        help="File to be submitted to the challenge: stored under --parentId first",
    )
    parser.add_argument(
        "--parentId",
        "--parentid",
        "--parent",
        dest="parentid",
        metavar="syn123",
        help="Synapse ID of project or folder where to upload data",
    )
    parser.add_argument("--name", help="Name of the submission")
    parser.add_argument(
        "--teamName",
        "--team",
        metavar="TEAM",
        help="Submit on behalf of a registered team, given by name or id",
    )
    parser.add_argument(
        "--submitterAlias",
        "--alias",
        metavar="ALIAS",
        help="A nickname, possibly for display in leaderboards",
    )
    options.used(parser)
    options.limit_search(parser)
    parser.epilog = "example: %(prog)s --evaluationID 9600001 --file answer.csv --parentId syn123"


def run(args: argparse.Namespace, syn: Synapse) -> None:
    """Submit, and say what was submitted."""
    if args.evaluation is not None:
        if args.evaluation.isdecimal():
            args.evaluationID = args.evaluation
        else:
            args.evaluationName = args.evaluation
    if args.evaluationID is None and args.evaluationName is None:
        raise ValueError("Evaluation ID or Evaluation Name is required")
    if args.entity is None and args.file is None:
        raise ValueError("Either entityID or filename is required for a submission")
    if args.evaluationID is not None and args.evaluationName is not None:
        _warn("Both Evaluation ID & Evaluation Name are specified", "EvaluationID")
    elif args.evaluationID is None:
        args.evaluationID = _id_of(args.evaluationName, syn)
    if args.entity is not None and args.file is not None:
        _warn("Both entityID and filename are specified", "entityID")
    elif args.entity is None:
        args.entity = _stored(args, syn)
    submission = syn.submit(
        args.evaluationID,
        args.entity,
        name=args.name,
        team=args.teamName,
        submitterAlias=args.submitterAlias,
    )
    sys.stdout.write(
        f"Submitted (id: {submission['id']}) entity: {submission['entityId']}\t"
        f"{submission['name']} to Evaluation: {submission['evaluationId']}\n"
    )


def _warn(what: str, used: str) -> None:
    sys.stderr.write(f"[Warning]: {what}: {used} will be used\n")


def _id_of(name: str, syn: Synapse) -> str:
    try:
        return str(syn.getEvaluationByName(name)["id"])
    except SynapseHTTPError as error:
        raise ValueError(f"Could not find an evaluation named: {name}") from error


def _stored(args: argparse.Namespace, syn: Synapse) -> str:
    from synapseclient.entity import File

    if args.parentid is None:
        raise ValueError("parentID required with a file upload")
    if not os.path.exists(args.file):
        raise OSError(f"file path {args.file} not valid")
    stored = syn.store(
        File(path=args.file, parent=args.parentid),
        used=options.entities(args.used, syn, args.limitSearch),
        executed=options.entities(args.executed, syn, args.limitSearch),
    )
    return str(stored.id)
