"""Every setting of the server, each written once; the reference is generated from here.

A setting comes from, in this order: the command line, ``SYNAPSE_SERVER_<NAME>`` in the
environment, the TOML file (``<data>/server.toml`` or ``SYNAPSE_SERVER_CONFIG``), its default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


class BadSetting(ValueError):
    """A setting that cannot be; the text says which and what it may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    data: str = _setting("synapse-data", "Folder for the database, the bytes and the keys.")
    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8080, "Port of the API; 0 takes a free one.")
    blob_port: int = _setting(0, "Port of the data plane; 0 takes a free one.")
    public_url: str = _setting(
        "", "Address under which callers reach the API, when a proxy stands before it."
    )
    public_blob_url: str = _setting(
        "", "Address under which callers reach the data plane, when a proxy stands before it."
    )
    database: str = _setting(
        "", "postgresql://… to use PostgreSQL; empty for SQLite in the data folder."
    )
    database_connections: int = _setting(16, "Connections to PostgreSQL per process.")
    blobs: str = _setting(
        "", "s3://bucket/prefix?endpoint=…&region=… for bytes in S3; empty for the data folder."
    )
    accel_redirect: str = _setting(
        "", "Internal location of nginx that serves the blob folder (X-Accel-Redirect)."
    )
    first_entity_id: int = _setting(50_000_000, "Number of the first entity: syn50000000.")
    stack_instance: str = _setting("open", "Name of this server in /repo/v1/version.")
    require_certification: bool = _setting(
        False, "Only certified users may create and change content other than projects."
    )
    require_terms: bool = _setting(
        False, "Users who have not signed the terms of use may only do that."
    )
    terms_url: str = _setting("", "Where the terms of use can be read.")
    terms_version: str = _setting("1.0.0", "Version of the terms of use.")
    open_registration: bool = _setting(True, "Anybody may register with an e-mail address.")
    smtp: str = _setting(
        "", "smtp://user:password@host:port to send mail; empty prints links in the log."
    )
    mail_from: str = _setting("synapse@localhost", "Sender of mail.")
    access_token_hours: int = _setting(24, "Hours until an access token from a login expires.")
    download_url_seconds: int = _setting(900, "Seconds until a signed download URL expires.")
    upload_url_seconds: int = _setting(900, "Seconds until a signed upload URL expires.")
    trash_days: int = _setting(30, "Days until the trash can is emptied of a thing.")
    max_body_bytes: int = _setting(2 * 1024 * 1024, "Greatest size of a request's JSON body.")
    log_format: str = _setting("text", "text or json.")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR.")

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)


def load(
    arguments: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Put the settings together.

    Args:
        arguments: What the command line says; None values count as not said.
        environ: The environment, ``os.environ`` unless given.

    Raises:
        BadSetting: An unknown name or a value that cannot be.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in (arguments or {}).items() if value is not None}
    from_environment = {
        setting.name: environ[variable]
        for setting in fields(Settings)
        if (variable := "SYNAPSE_SERVER_" + setting.name.upper()) in environ
    }
    data = given.get("data") or from_environment.get("data") or Settings().data
    named = environ.get("SYNAPSE_SERVER_CONFIG")
    path = Path(named) if named else Path(data) / "server.toml"
    from_file: dict[str, Any] = {}
    if named or path.is_file():
        try:
            from_file = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise BadSetting(f"Cannot read the settings in {path}: {error}") from error
    merged = {**from_file, **from_environment, **given}
    known = {setting.name: setting for setting in fields(Settings)}
    unknown = sorted(set(merged) - set(known))
    if unknown:
        raise BadSetting(f"No such setting: {', '.join(unknown)}. See docs/reference/settings.md.")
    return Settings(
        **{name: _convert(name, value, known[name].type) for name, value in merged.items()}
    )


def _convert(name: str, value: Any, kind: Any) -> Any:
    if kind == "str":
        return str(value)
    if kind == "bool":
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("1", "true", "yes", "on"):
            return True
        if str(value).lower() in ("0", "false", "no", "off", ""):
            return False
        raise BadSetting(f"{name} must be true or false, not {value!r}.")
    try:
        return int(value)
    except (TypeError, ValueError):
        raise BadSetting(f"{name} must be a whole number, not {value!r}.") from None
