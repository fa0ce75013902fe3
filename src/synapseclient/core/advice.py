"""Known errors as one line that says what to do next."""

from __future__ import annotations

from synapseclient.core import exceptions as known


def explain(error: BaseException) -> str:
    """What to tell a person."""
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, known.SynapseNoCredentialsError):
        return text
    if isinstance(error, known.SynapseAuthenticationError):
        return f"{text} Check the user name and the token, or run: synapse config"
    if isinstance(error, known.SynapseHTTPError):
        status = error.response.status_code if error.response is not None else 0
        reason = error.response.reason if error.response is not None else text
        return f"{reason.strip() or text}{_STATUS.get(status, '')}"
    if isinstance(error, known.SynapseError | OSError | ValueError):
        return text
    return f"{type(error).__name__}: {text} (run again with --debug to see where)"


_STATUS = {
    403: " Ask the owner for access, or log in as somebody who has it.",
    412: " Get it again and repeat your change.",
    423: " Wait a moment and try again.",
    429: " The server is busy; try again later.",
    503: " The server is down for the moment; try again later.",
}
