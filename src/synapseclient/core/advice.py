"""Known errors as one line that says what to do next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from synapseclient.core import exceptions as known

if TYPE_CHECKING:
    from synapseclient.core.transport import Answer

_LOG_IN = "Check the user name and the token, or run: synapse config"
_HINTS = {
    401: ("synapse config", _LOG_IN),
    403: ("ask", "Ask the owner for access, or log in as somebody who has it."),
    412: ("again", "Get it again and repeat your change."),
    423: ("again", "Wait a moment and try again."),
    429: ("again", "The server is busy; try again later."),
    503: ("again", "The server is down for the moment; try again later."),
}
"""What helps, and the word that shows that the server says so itself."""

_SCOPE_HINT = "Make a token that has it, and log in with that."
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_PARTIAL = re.compile(
    r"(?:(?<=[/\\])|^)\.?([^/\\]*?)(?:\.synapse_download_[^/\\]*|\.[0-9a-f]{12}\.part)$"
)
"""A file that was to become another, with the name of that."""


def explain(error: BaseException) -> str:
    """What to tell a person. A token is never part of it."""
    return _TOKEN.sub("eyJ…", " ".join(_told(error).split()))


def _told(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    if isinstance(error, known.SynapseNoCredentialsError):
        return text
    if isinstance(error, known.SynapseAuthenticationError | known.SynapseHTTPError):
        answer = _answer(error)
        if answer is not None:
            return _answered(answer, text)
        if isinstance(error, known.SynapseHTTPError):
            return text
        return _join(text, "synapse config", _LOG_IN)
    if type(error).__name__ in ("JSONDecodeError", "DecodeError"):
        return (
            "What answered is no Synapse server. Check SYNAPSE_ENDPOINT, or [endpoints] in the"
            " configuration file."
        )
    if isinstance(error, OSError) and error.strerror and isinstance(error.filename, str):
        meant = _PARTIAL.sub(r"\1", error.filename)
        return f"{error.strerror}: {meant}"
    if isinstance(error, known.SynapseError | OSError | ValueError | NotImplementedError):
        return text
    return f"{type(error).__name__}: {text} (run again with --debug to see where)"


def _answer(error: BaseException) -> Answer | None:
    """The server's answer behind an error, if there was one."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, known.SynapseHTTPError) and seen.response is not None:
            return seen.response
        seen = seen.__cause__
    return None


def _answered(answer: Answer, text: str) -> str:
    status, reason = answer.status_code, answer.reason.strip()
    if status == 403 and "scope" in reason:
        return _join(reason, "token", _SCOPE_HINT)
    word, hint = _HINTS.get(status, ("", ""))
    return _join(reason or text, word, hint)


def _join(text: str, word: str, hint: str) -> str:
    """Two sentences; the text alone when it has the hint's word."""
    if not hint or re.search(rf"\b{word}\b", text, re.IGNORECASE):
        return text
    return f"{text if text.endswith(('.', '!', '?')) else text + '.'} {hint}"
