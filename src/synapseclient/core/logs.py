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
        stream = getattr(sys, self._stream_name)
        if stream is not None and (self._only is None or record.levelno == self._only):
            self.stream = stream
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Lose nothing in silence: a full disk and a closed pipe are errors of the caller, and
        letters that a terminal does not know are written as escapes."""
        error = sys.exc_info()[1]
        if isinstance(error, UnicodeEncodeError):
            text = self.format(record).encode(error.encoding, "backslashreplace")
            self.stream.write(text.decode(error.encoding) + self.terminator)
            self.flush()
        elif isinstance(error, OSError):
            raise error
        else:
            super().handleError(record)


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
