"""Messages of the client: plain lines on standard output, warnings on standard error."""

from __future__ import annotations

import logging
import sys

DEFAULT_LOGGER_NAME = "synapseclient_default"
DEBUG_LOGGER_NAME = "synapseclient_debug"
SILENT_LOGGER_NAME = "synapseclient_silent"


class _Out(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what standard output is now, not to what it was at the first message."""

    def __init__(self, stream: str, only: int | None = None) -> None:
        super().__init__()
        self._stream_name = stream
        self._only = only

    def emit(self, record: logging.LogRecord) -> None:
        if self._only is None or record.levelno == self._only:
            self.stream = getattr(sys, self._stream_name)
            super().emit(record)


def session_logger(*, silent: bool, debug: bool) -> logging.Logger:
    """The logger of a session."""
    name = SILENT_LOGGER_NAME if silent else DEBUG_LOGGER_NAME if debug else DEFAULT_LOGGER_NAME
    logger = logging.getLogger(name)
    if not logger.handlers:
        logger.propagate = False
        if silent:
            logger.addHandler(logging.NullHandler())
            return logger
        logger.setLevel(logging.DEBUG if debug else logging.INFO)
        plain = _Out("stdout", logging.INFO)
        plain.setFormatter(logging.Formatter("%(message)s"))
        loud = _Out("stderr")
        loud.setLevel(logging.WARNING)
        loud.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
        logger.addHandler(plain)
        logger.addHandler(loud)
        if debug:
            fine = _Out("stderr", logging.DEBUG)
            fine.setFormatter(
                logging.Formatter("%(asctime)s [%(module)s:%(lineno)d - DEBUG]: %(message)s")
            )
            logger.addHandler(fine)
    return logger
