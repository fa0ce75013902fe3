"""A terminal that a test types at."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path
from types import TracebackType

PROMPT = "user@cluster> "
_PROMPTS = rf"(?:^|\n)(?:{re.escape(PROMPT)}|>>> )$"
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])|\r")
_PLAIN = {
    "TERM": "xterm",
    "PYTHON_BASIC_REPL": "1",
    "PAGER": "cat",
    "MODULES_PAGER": "cat",
    "LMOD_PAGER": "none",
}


class Terminal:
    """A shell on a terminal of its own. Use it as a context manager."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self._master, slave = pty.openpty()
        # So wide that no line is wrapped, neither by the programs nor by the line editor.
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 1000, 0, 0))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, **_PLAIN},
            cwd=folder,
        )
        os.close(slave)
        self._unread = ""
        self.send(f"PS1='{PROMPT[:4]}''{PROMPT[4:]}'")  # the echo of it is not taken for it
        self._until(_PROMPTS)

    def send(self, line: str) -> None:
        """Type a line, and do not wait."""
        os.write(self._master, line.encode() + b"\n")

    def type(self, line: str) -> str:
        """Type a line; what it printed until the next prompt of the shell or of Python."""
        self.send(line)
        text = self._until(_PROMPTS)
        return text.partition("\n")[2]  # after its echo

    def end(self, line: str) -> tuple[int, str]:
        """Type the last line; the exit code of the shell and what is printed until its end."""
        self.send(line)
        text = self._until(None)
        return self._process.wait(60), text

    def _until(self, pattern: str | None) -> str:
        deadline = time.monotonic() + 60
        while pattern is None or not (found := re.search(pattern, self._unread)):
            ready, _, _ = select.select([self._master], [], [], deadline - time.monotonic())
            assert ready, f"nothing more than {self._unread!r}"
            data = b""
            with contextlib.suppress(OSError):  # how Linux says that the other side has gone
                data = os.read(self._master, 65536)
            if not data and pattern is None:
                return self._unread
            assert data, f"ended with {self._unread!r}"
            self._unread += _CONTROL.sub("", data.decode(errors="replace"))
        text, self._unread = self._unread[: found.start()], self._unread[found.end() :]
        return text

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._master)  # the shell hangs up
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
