"""What the configuration file says, as plain dictionaries."""

from __future__ import annotations

from configparser import RawConfigParser
from typing import Any
from urllib.parse import urljoin

from synapseclient.client import DEFAULT_NUM_THREADS
from synapseclient.core.config import Config


def get_config_file(config_path: str) -> RawConfigParser:
    """The file, parsed; a missing one is empty.

    Raises:
        ValueError: It cannot be read; the text says why.
    """
    return Config.load(config_path).parser


def get_config_section_dict(section_name: str, config_path: str) -> dict[str, str]:
    """The options of a section; nothing if there is none."""
    parser = get_config_file(config_path)
    return dict(parser.items(section_name)) if parser.has_section(section_name) else {}


def get_config_authentication(config_path: str, profile: str = "default") -> dict[str, str]:
    """What a profile has to log in with, else the older ``[authentication]``."""
    section = profile if profile == "default" else f"profile {profile}"
    found = get_config_section_dict(section, config_path)
    if found:
        return {"section_name": profile, **found}
    older = get_config_section_dict("authentication", config_path)
    return {"section_name": "authentication", **older}


def get_client_authenticated_s3_profile(endpoint: str, bucket: str, config_path: str) -> str:
    """The AWS profile for a bucket that only the client can reach."""
    section = get_config_section_dict(urljoin(endpoint, bucket), config_path)
    return section.get("profile_name", "default")


def get_transfer_config(config_path: str) -> dict[str, Any]:
    """``max_threads`` and ``use_boto_sts``.

    Raises:
        ValueError: One of them cannot be.
    """
    given = get_config_section_dict("transfer", config_path)
    found: dict[str, Any] = {"max_threads": DEFAULT_NUM_THREADS, "use_boto_sts": False}
    if given.get("max_threads"):
        try:
            found["max_threads"] = int(given["max_threads"])
        except ValueError:
            raise ValueError(
                f"Invalid transfer.max_threads config setting {given['max_threads']}"
            ) from None
    if given.get("use_boto_sts"):
        flag = {"true": True, "false": False}.get(given["use_boto_sts"].lower())
        if flag is None:
            raise ValueError(
                f"Invalid transfer.use_boto_sts config setting {given['use_boto_sts']}"
            )
        found["use_boto_sts"] = flag
    return found
