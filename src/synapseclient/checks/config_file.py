"""The configuration file: whether it can be read, by whom, and what in it has no effect."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator

from synapseclient.checks import Finding, home, ok, problem, warning
from synapseclient.core.config import CONFIG_FILE, PRODUCTION, Config, endpoints
from synapseclient.core.config_errors import explain

_LOGIN = {"username", "authtoken", "password", "apikey"}
_SECRETS = ("authtoken", "password", "apikey")
_KNOWN: dict[str, set[str]] = {
    "authentication": _LOGIN,
    "default": _LOGIN,
    "endpoints": {name.lower() for name in PRODUCTION},
    "cache": {"location", "max_size", "site"},
    "debug": set(),
    "transfer": {"max_threads", "use_boto_sts"},
}
"""The options of each section, in the lower case of the parser."""
_LATER = ("sftp://", "http://", "https://")
"""Sections of stores that only the client reaches, which come with a later release."""


def read(path: str) -> tuple[Config | None, list[Finding]]:
    """The file, if it can be read, and what there is to say of it."""
    path = os.path.expanduser(path)
    shown = home(path)
    if not os.path.exists(path):
        text = f"There is no {shown}; addresses and token come from the environment."
        if path == os.path.expanduser(CONFIG_FILE):
            return Config.load(path), [ok("config", text)]
        return Config.load(path), [warning("config", text, "Check --configPath.")]
    try:
        config = Config.load(path)
    except ValueError as error:
        what, advice = explain(error.__cause__ or error)
        return None, [problem("config", f"{shown} {what}.", advice)]
    found = [*_access(config, path, shown), *_names(config, shown), *_values(config, shown)]
    return config, found or [ok("config", f"{shown} is in order.")]


def secrets_of(config: Config | None) -> list[str]:
    """All that must not be shown."""
    if config is None:
        return []
    return [
        value.strip()
        for section in config.parser.sections()
        for option, value in config.parser.items(section)
        if option in _SECRETS and value
    ]


def _access(config: Config, path: str, shown: str) -> Iterator[Finding]:
    found = os.stat(path)
    if os.name == "posix" and secrets_of(config):
        mode = stat.S_IMODE(found.st_mode)
        if mode & 0o077:
            yield warning(
                "config",
                f"{shown} holds a secret, and others than you may open it (mode {mode:04o}).",
                f"chmod 600 {shown}",
            )
        if found.st_uid not in (os.getuid(), 0):
            yield warning(
                "config",
                f"{shown} belongs to somebody else (user {found.st_uid}), who can read and change"
                " it.",
                "Name a file of your own with --configPath.",
            )


def _names(config: Config, shown: str) -> Iterator[Finding]:
    """Sections and options that nobody reads, mostly for a slip of the pen."""
    for section in config.parser.sections():
        if section.startswith("profile "):
            known = _LOGIN
        elif section in _KNOWN:
            known = _KNOWN[section]
        elif section.startswith(_LATER):
            continue
        else:
            yield warning(
                "config",
                f"{shown} has a section [{section}], which nobody reads.",
                _meant(section, [*_KNOWN, "profile NAME"], "[{}]"),
            )
            continue
        for option in config.parser.options(section):
            if option not in known:
                yield warning(
                    "config",
                    f"{shown} has {option} in [{section}], which nobody reads.",
                    _meant(option, sorted(known), "{}"),
                )


def _meant(name: str, known: list[str], form: str) -> str:
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"Did you mean {form.format(near[0])}?"
    every = ", ".join(form.format(each) for each in known)
    return f"Remove it; there are: {every}." if every else "Remove it; there are none."


def _values(config: Config, shown: str) -> Iterator[Finding]:
    try:
        _ = config.max_threads
    except ValueError:
        yield problem(
            "config",
            f"{shown}: max_threads of [transfer] is not a number from 1.",
            "Write a whole number such as 6, or remove it.",
        )
    try:
        endpoints({}, config, {})
    except ValueError as error:
        yield problem("config", str(error), "Write addresses with http:// or https://.")
    given = config.endpoints
    missing = sorted(set(PRODUCTION) - set(given) - {"portalEndpoint"})
    if given and missing:
        yield warning(
            "config",
            f"{shown} names some addresses in [endpoints], and not {', '.join(missing)}, for which"
            " those of the real Synapse are taken.",
            "Name all of them, or set SYNAPSE_ENDPOINT instead.",
        )
    for section in config.parser.sections():
        options = dict(config.parser.items(section))
        if section in ("default", "authentication") or section.startswith("profile "):
            if options.get("authtoken"):
                continue
            if options.get("password"):
                yield warning(
                    "config",
                    f"{shown} has a password in [{section}].",
                    "A token can be withdrawn, and may do less. Make one: synapse config",
                )
