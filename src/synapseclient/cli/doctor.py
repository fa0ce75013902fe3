"""``synapse doctor``"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synapseclient.checks import Finding

_WIDTH = 11


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--json", action="store_true", help="Print the findings as JSON")
    parser.epilog = (
        "example: synapse doctor. Each line is ok, warning or problem, and says what to do. The"
        " exit code is 1 if there is a problem. No secret is ever printed."
    )


def run(args: argparse.Namespace, syn: Any) -> None:
    """Look at everything, and print what was found."""
    findings = look(args)
    if args.json:
        _print_json(findings)
    else:
        _print(findings)
    if any(each.level == "problem" for each in findings):
        raise SystemExit(1)


def look(args: argparse.Namespace) -> list[Finding]:
    """All findings."""
    from synapseclient import checks
    from synapseclient.checks import config_file, machine

    config, findings = config_file.read(args.configPath)
    secrets = config_file.secrets_of(config)
    secrets += [os.environ.get("SYNAPSE_AUTH_TOKEN", ""), args.synapse_auth_token or ""]
    findings.insert(0, machine.check_python())
    if config is not None:
        findings += _at_the_server(args, secrets)
    findings += machine.check_cache(config)
    findings += machine.check_temporary()
    return checks.without_secrets(findings, secrets)


def _at_the_server(args: argparse.Namespace, secrets: list[str]) -> list[Finding]:
    import time

    from synapseclient.checks import machine, ok, problem, server
    from synapseclient.client import Synapse
    from synapseclient.core.blocking import run as wait

    try:
        syn = Synapse(configPath=args.configPath, silent=True, cache_client=False)
    except ValueError as error:
        return [problem("endpoint", str(error), "Then run synapse doctor again.")]
    findings = machine.check_proxies(os.environ, syn.repoEndpoint)
    reached, more = wait(server.check_server(syn, os.environ))
    findings += more
    secret, username = args.synapse_auth_token, args.synapseUser
    if secret is not None:
        findings.append(ok("token", "The token is from the command line."))
        token, found = secret, True
    else:
        credentials, more = server.look_for_credentials(
            syn._config, username, args.profile, os.environ
        )
        findings += more
        token, found = (credentials.token if credentials else None), credentials is not None
        secrets.append(token or "")
    if token:
        findings += server.check_token(token, time.time())
    if reached and found:
        findings.append(wait(server.check_login(syn, username, secret, args.profile)))
    return findings


def _print(findings: Sequence[Finding]) -> None:
    for each in findings:
        sys.stdout.write(f"{each.level:<8} {each.check:<{_WIDTH}} {each.text}\n")
        if each.advice:
            sys.stdout.write(f"{'':<8} {'':<{_WIDTH}} -> {each.advice}\n")
    counts = [
        f"{sum(each.level == level for each in findings)} {level}s"
        for level in ("problem", "warning")
    ]
    sys.stdout.write(", ".join(counts) + "\n")


def _print_json(findings: Sequence[Finding]) -> None:
    import json
    from dataclasses import asdict

    sys.stdout.write(json.dumps([asdict(each) for each in findings], indent=2) + "\n")
