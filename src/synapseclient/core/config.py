"""The file ``~/.synapseConfig`` and the environment."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONFIG_FILE = os.path.join(os.path.expanduser("~"), ".synapseConfig")
PRODUCTION = {
    "repoEndpoint": "https://repo-prod.prod.sagebase.org/repo/v1",
    "authEndpoint": "https://auth-prod.prod.sagebase.org/auth/v1",
    "fileHandleEndpoint": "https://file-prod.prod.sagebase.org/file/v1",
    "portalEndpoint": "https://www.synapse.org/",
}
"""The real Synapse."""

TOKEN_VARIABLE = "SYNAPSE_AUTH_TOKEN"  # noqa: S105  the name of it, not a token
TOKEN_FILE_VARIABLE = "SYNAPSE_AUTH_TOKEN_FILE"  # noqa: S105  the name of it, too
PROFILE_VARIABLE = "SYNAPSE_PROFILE"
ENDPOINT_VARIABLE = "SYNAPSE_ENDPOINT"
CACHE_VARIABLE = "SYNAPSE_CACHE"
CACHE_SIZE_VARIABLE = "SYNAPSE_CACHE_MAX_SIZE"
SITE_CACHE_VARIABLE = "SYNAPSE_SITE_CACHE"
MAX_THREADS = 128
VARIABLES = {
    ENDPOINT_VARIABLE: "Address of the server, such as `https://synapse.example.org`; the real"
    " Synapse if neither this nor the file names one.",
    PROFILE_VARIABLE: "Which profile of the file to log in with.",
    TOKEN_VARIABLE: "Personal access token, for when the file has nothing to log in with.",
    TOKEN_FILE_VARIABLE: f"File with nothing but the token, which nobody but its owner may open"
    f" (`chmod 600`). Read when `{TOKEN_VARIABLE}` is not set.",
    CACHE_VARIABLE: "Folder of the cache; the file's `[cache] location` if not set.",
    CACHE_SIZE_VARIABLE: "What the cache may hold at most, such as `200GB`: what was not used for"
    " longest is dropped.",
    SITE_CACHE_VARIABLE: f"Folders of other caches, separated by `{os.pathsep}`, that are only read,"
    " after the first one.",
}
"""What is read from the environment."""
OPTIONS = {
    "[default] username, authtoken": "Who to log in as. `password` and `apikey` are read, too;"
    " `[authentication]` is the older name of the section.",
    "[profile NAME] username, authtoken": f"Another login, for `--profile` or"
    f" `{PROFILE_VARIABLE}`.",
    "[endpoints] repoEndpoint, authEndpoint, fileHandleEndpoint, portalEndpoint": "Addresses of"
    " the server.",
    "[cache] location": "Folder of the cache; variables and `~` are put in. `~/.synapseCache` if"
    " not given.",
    "[cache] max_size": f"As `{CACHE_SIZE_VARIABLE}`.",
    "[cache] site": f"As `{SITE_CACHE_VARIABLE}`.",
    "[transfer] max_threads": f"Transfers that run at once: 6 if not given, at most {MAX_THREADS}.",
    "[debug]": "The section alone logs requests and shows tracebacks.",
}
"""What is read from the file."""


@dataclass(frozen=True)
class Profile:
    """What a section of the file says about logging in."""

    section: str
    username: str | None = None
    authtoken: str | None = None
    password: str | None = None
    apikey: str | None = None


class Config:
    """What the file says. A missing file says nothing."""

    def __init__(self, parser: configparser.RawConfigParser, path: str) -> None:
        self._parser = parser
        self.path = path

    @classmethod
    def load(cls, path: str = CONFIG_FILE) -> Config:
        """Read a file.

        Raises:
            ValueError: It cannot be read; the text says why.
        """
        path = os.path.expanduser(path)
        parser = configparser.RawConfigParser()
        try:
            with open(path, encoding="utf-8") as file:
                parser.read_file(file)
        except FileNotFoundError:
            pass
        except (OSError, configparser.Error, UnicodeDecodeError) as error:
            from synapseclient.core.config_errors import explain  # late: few files are so

            what, advice = explain(error)
            raise ValueError(
                f"Error parsing Synapse config file {path}: it {what}. {advice}"
            ) from error
        return cls(parser, path)

    @property
    def parser(self) -> configparser.RawConfigParser:
        """The parsed file itself."""
        return self._parser

    def _get(self, section: str, option: str) -> str | None:
        value = self._parser.get(section, option, fallback=None)
        return value.strip() if value else None

    @property
    def endpoints(self) -> dict[str, str]:
        """The addresses that ``[endpoints]`` names."""
        found = {name: self._get("endpoints", name) for name in PRODUCTION}
        return {name: value for name, value in found.items() if value}

    @property
    def cache_location(self) -> str | None:
        """Where the cache is to be; variables and ``~`` are put in."""
        value = os.environ.get(CACHE_VARIABLE) or self._get("cache", "location")
        return os.path.expanduser(os.path.expandvars(value)) if value else None

    @property
    def cache_max_size(self) -> int | None:
        """Bytes that the cache may hold; None for no limit.

        Raises:
            ValueError: What is set is not a size.
        """
        value = os.environ.get(CACHE_SIZE_VARIABLE) or self._get("cache", "max_size")
        if not value:
            return None
        from synapseclient.core.cache_room import parse_size  # late: few caches have a limit

        return parse_size(value)

    @property
    def site_caches(self) -> list[str]:
        """Folders of caches that are only read."""
        value = os.environ.get(SITE_CACHE_VARIABLE) or self._get("cache", "site") or ""
        return [each for each in value.split(os.pathsep) if each.strip()]

    @property
    def debug(self) -> bool:
        """Whether there is a section ``[debug]``."""
        return self._parser.has_section("debug")

    @property
    def max_threads(self) -> int | None:
        """How many transfers to run at once."""
        value = self._get("transfer", "max_threads")
        if value is None:
            return None
        if not value.isdecimal() or int(value) < 1:
            raise ValueError(f"Invalid transfer.max_threads config setting {value}")
        return min(int(value), MAX_THREADS)

    def profile(self, name: str | None) -> Profile | None:
        """A way to log in: ``[profile NAME]``, ``[default]``, or ``[authentication]``.

        Raises:
            ValueError: A profile of that name was asked for and there is none.
        """
        if name is not None and name != "default":
            for section in (f"profile {name}", name):
                if self._parser.has_section(section):
                    return self._read(section)
            raise ValueError(
                f"There is no profile {name!r} in {self.path}. Add a section [profile {name}],"
                " or run synapse config."
            )
        for section in ("default", "authentication"):
            if self._parser.has_section(section):
                return self._read(section)
        return None

    def profiles_of(self, username: str) -> list[str]:
        """The names of the profiles that a user has."""
        return [
            section.removeprefix("profile ")
            for section in self._parser.sections()
            if section.startswith("profile ") and self._get(section, "username") == username
        ]

    def _read(self, section: str) -> Profile:
        return Profile(
            section,
            self._get(section, "username"),
            self._get(section, "authtoken"),
            self._get(section, "password"),
            self._get(section, "apikey"),
        )


def endpoints(
    given: Mapping[str, str | None], config: Config, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The four addresses: arguments, then the environment, then the file, then the real ones.

    Raises:
        ValueError: One of them is no address.
    """
    environ = os.environ if environ is None else environ
    base = environ.get(ENDPOINT_VARIABLE, "").rstrip("/")
    from_environment = (
        {
            "repoEndpoint": base + "/repo/v1",
            "authEndpoint": base + "/auth/v1",
            "fileHandleEndpoint": base + "/file/v1",
            "portalEndpoint": base + "/",
        }
        if base
        else {}
    )
    named = {name: value for name, value in given.items() if value}
    found = {**PRODUCTION, **config.endpoints, **from_environment, **named}
    for name, value in found.items():
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(
                f"{value!r} ({name}) is no address: it must begin with http:// or https://."
                f" Check {ENDPOINT_VARIABLE}, or [endpoints] in {config.path}."
            )
    return found


def write_credentials(path: str, section: str, username: str | None, token: str) -> str | None:
    """Put credentials into a file, keeping all else; where the old file was saved to, if any."""
    file = Path(os.path.expanduser(path))
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    backup = None
    if lines:
        backup = _free_name(file)
        backup.write_text("\n".join(lines) + "\n", encoding="utf-8")
        backup.chmod(0o600)
    kept: list[str] = []
    skipping = False
    for line in lines:
        if line.strip().startswith("["):
            skipping = line.strip().lower() == f"[{section.lower()}]"
        if not skipping:
            kept.append(line)
    fresh = [f"[{section}]", *([f"username = {username}"] if username else [])]
    fresh += [f"authtoken = {token}", ""]
    temporary = file.with_name(file.name + f".{os.getpid()}")
    handle = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write("\n".join([*fresh, *kept]).rstrip("\n") + "\n")
    os.replace(temporary, file)
    return None if backup is None else str(backup)


def _free_name(file: Path) -> Path:
    number = 1
    while True:
        suffix = ".backup" if number == 1 else f".backup{number}"
        path = file.with_name(file.name + suffix)
        if not path.exists():
            return path
        number += 1
