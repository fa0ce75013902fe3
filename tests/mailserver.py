"""A mail server that keeps what it gets, in a thread: enough of SMTP for any client."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage


class MailServer:
    """Its address, and the mail it has got."""

    def __init__(self) -> None:
        self.got: list[tuple[str, EmailMessage]] = []
        """Receiver and message, in order of arrival."""
        got = self.got

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                receivers: list[str] = []
                self.wfile.write(b"220 ready\r\n")
                while line := self.rfile.readline().decode().strip():
                    verb = line[:4].upper()
                    if verb == "RCPT":
                        receivers.append(line.partition("<")[2].partition(">")[0])
                    if verb == "DATA":
                        self.wfile.write(b"354 go on\r\n")
                        lines = []
                        while (text := self.rfile.readline()) != b".\r\n":
                            lines.append(text.removeprefix(b".") if text[:2] == b".." else text)
                        found = email.message_from_bytes(
                            b"".join(lines), EmailMessage, policy=email.policy.default
                        )
                        got.extend((receiver, found) for receiver in receivers)
                        receivers = []
                    self.wfile.write(b"250 OK\r\n" if verb != "QUIT" else b"221 bye\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def to(self, address: str, count: int = 1) -> list[EmailMessage]:
        """All mail to an address, once there are so many; mail goes out behind the answer."""
        deadline = time.monotonic() + 60
        while True:
            found = [message for receiver, message in self.got if receiver == address]
            if len(found) >= count or time.monotonic() > deadline:
                assert len(found) >= count, f"no mail to {address}"
                return found
            time.sleep(0.01)

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server, until the block ends."""
    server = MailServer()
    try:
        yield server
    finally:
        server.stop()


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """One of the forms of a message's text."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
