"""Mail that a server without a mail server writes into its log, read there."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

_MAIL = "No mail server is configured. Mail to "


def letters(caplog: pytest.LogCaptureFixture, address: str) -> list[str]:
    """All mail to an address, each with its subject as the first line."""
    start = f"{_MAIL}{address}: "
    said = [record.getMessage() for record in caplog.records if record.name == "synapse.mail"]
    return [text.removeprefix(start) for text in said if text.startswith(start)]


def letter(caplog: pytest.LogCaptureFixture, address: str, count: int = 1) -> str:
    """The last one, once there are so many: mail goes out behind the answer."""
    deadline = time.monotonic() + 60
    while len(found := letters(caplog, address)) < count:
        assert time.monotonic() < deadline, f"no mail to {address}: {caplog.text}"
        time.sleep(0.01)
    return found[-1]


def links(text: str) -> list[str]:
    """The links of a letter."""
    return re.findall(r"https?://\S+", text)


def token(link: str) -> Any:
    """The signed token at the end of a link."""
    return json.loads(bytes.fromhex(link.rsplit("/", 1)[-1].rsplit(":", 1)[-1]))
