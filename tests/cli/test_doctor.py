"""synapse doctor: what it finds, what it says to do, and what it never says."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.cli.test_commands import Shell, shell  # noqa: F401  a fixture
from tests.conftest import PASSWORD, User

from synapseclient.checks import Finding, config_file, home, machine, server, without_secrets
from synapseclient.core.config import Config


def pat(user: User, *scopes: str) -> str:
    """A new personal access token."""
    body = {"scope": list(scopes or ("view", "download", "modify")), "name": os.urandom(4).hex()}
    return str(user.post("/auth/v1/personalAccessToken", body, 200)["token"])


def diagnosed(shell: Shell, *words: str) -> tuple[int, dict[str, list[Finding]], str]:  # noqa: F811
    """The exit code, the findings by what was looked at, and all that was printed."""
    code, out, err = shell.run(*words, "doctor", "--json", login=False)
    found: dict[str, list[Finding]] = {}
    for each in json.loads(out):
        found.setdefault(each["check"], []).append(Finding(**each))
    return code, found, out + err


def levels(found: dict[str, list[Finding]], check: str) -> list[str]:
    return [each.level for each in found.get(check, ())]


def test_all_is_well(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    token = pat(shell.user)
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", token)
    code, out, err = shell.run("doctor", login=False)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[-1].startswith("0 problems, ")
    told = {line[9:20].strip(): line for line in lines[:-1] if line.startswith("ok")}
    assert f"You are {shell.user.name} at {shell.user.server.url}" in told["login"]
    assert "from SYNAPSE_ENDPOINT) answers in" in told["endpoint"]
    assert "with late-md5" in told["endpoint"]
    assert told["scopes"].endswith("view, download, modify.")
    assert "clock is that of the server" in told["clock"]
    assert "SYNAPSE_AUTH_TOKEN" in told["token"]
    assert {"python", "config", "proxy", "tls", "cache", "temporary"} <= set(told)
    assert token not in out


def test_no_token(shell: Shell) -> None:  # noqa: F811
    code, found, _ = diagnosed(shell)
    assert code == 1
    assert levels(found, "token") == ["problem"]
    assert "synapse config" in (found["token"][0].advice or "")
    assert "login" not in found


def test_tokens_that_do_not_do(
    shell: Shell,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weak = pat(shell.user, "view")
    code, found, out = diagnosed(shell, "-p", weak)
    assert code == 0
    assert levels(found, "scopes") == ["warning"]
    assert "creating and changing (modify)" in (found["scopes"][0].advice or "")
    assert "command line" in found["token"][0].text
    assert weak not in out
    secret = pat(shell.user)[:-6] + "AAAAAA"
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", secret)
    code, found, out = diagnosed(shell)
    assert code == 1
    assert levels(found, "login") == ["problem"]
    assert secret not in out
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", "not a token: sesame")
    code, found, out = diagnosed(shell)
    assert (code, levels(found, "login")) == (1, ["problem"])
    assert "sesame" not in out


def test_expiry() -> None:
    def token(**claims: Any) -> str:
        return f"eyJ.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"

    now = 1_800_000_000.0
    for claims, expected in (
        ({"exp": now - 1}, ["problem"]),
        ({"exp": now + 86400}, ["warning"]),
        ({"exp": now + 86400 * 100}, ["ok"]),
        ({"exp": "soon"}, []),
        ({"access": {"scope": ["download"]}}, ["problem"]),
        ({"access": "all"}, []),
    ):
        assert [each.level for each in server.check_token(token(**claims), now)] == expected
    for other in ("", "no", "a.b.c", "a.e30.c", "a.W10.c", "a.ZZ.c"):
        assert server.check_token(other, now) == []


def test_a_password_in_the_file(shell: Shell) -> None:  # noqa: F811
    path = shell.folder / "config"
    path.write_text(f"[default]\nusername = {shell.user.name}\npassword = {PASSWORD}\n")
    path.chmod(0o600)
    code, found, out = diagnosed(shell)
    assert code == 0, out
    assert levels(found, "config") == ["warning"]
    assert "has a password in [default]" in found["config"][0].text
    assert found["token"][0].text == f"The password is from [default] of {path}."
    assert levels(found, "login") == ["ok"]
    assert PASSWORD not in out


def test_a_file_that_others_may_read_and_a_variable_beside_it(
    shell: Shell,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = pat(shell.user)
    path = shell.folder / "config"
    path.write_text(f"[profile work]\nauthtoken = {token}\n")
    path.chmod(0o644)
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", "another-secret")
    code, found, out = diagnosed(shell, "--profile", "work")
    assert code == 0, out
    assert "mode 0644" in found["config"][0].text
    assert found["config"][0].advice == f"chmod 600 {home(str(path))}"
    assert [each.level for each in found["token"]] == ["ok", "warning"]
    assert "[profile work]" in found["token"][0].text
    assert "another-secret" not in out
    assert token not in out
    code, found, _ = diagnosed(shell, "--profile", "play")
    assert code == 1
    assert "no profile 'play'" in found["token"][0].text


@pytest.mark.parametrize(
    ("text", "level", "told", "advice"),
    [
        ("[default]\nauthtoken sesame\n", "problem", "on line 2 ", "name = value"),
        ("authtoken = sesame\n", "problem", "on line 1 ", "Begin the file with a section"),
        (
            "[default]\nauthtoken = sesame\n[default]\n",
            "problem",
            "a second [default]",
            "one section",
        ),
        ("[cache]\nlocation = sesame\nlocation = b\n", "problem", "a second location", "Remove"),
        ("[cach]\nlocation = sesame\n", "warning", "a section [cach]", "[cache]?"),
        ("[default]\nauthtokn = sesame\n", "warning", "authtokn in [default]", "authtoken?"),
        ("[debug]\nx = 1\n", "warning", "x in [debug]", "there are none"),
        ("[transfer]\nmax_threads = sesame\n", "problem", "max_threads", "whole number"),
        ("[endpoints]\nrepoEndpoint = sesame\n", "problem", "no address", "http://"),
        (
            "[endpoints]\nrepoEndpoint = http://x/repo/v1\n",
            "warning",
            "not authEndpoint",
            "SYNAPSE_EN",
        ),
        ("[sftp://host]\nusername = x\n[debug]\n", "ok", "in order", ""),
    ],
)
def test_what_is_wrong_in_the_file(
    tmp_path: Path, text: str, level: str, told: str, advice: str
) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    path.chmod(0o600)
    _, findings = config_file.read(str(path))
    found = findings[0]
    assert found.level == level
    assert told in found.text
    assert advice in (found.advice or "")
    if "authtoken" in text:
        assert "sesame" not in repr(findings)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("[default]\nusername = Jürgen\n".encode("latin-1"))
    config, [found] = config_file.read(str(tmp_path / "latin"))
    assert (config, found.level) == (None, "problem")
    assert "not UTF-8" in found.text
    config, [found] = config_file.read(str(tmp_path))
    assert (config, found.level) == (None, "problem")
    assert "cannot be read" in found.text
    config, [found] = config_file.read(str(tmp_path / "none"))
    assert (config is not None, found.level) == (True, "warning")


def test_nobody_listens(
    shell: Shell,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("SYNAPSE_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", "x")
    code, found, _ = diagnosed(shell)
    assert code == 1
    assert levels(found, "endpoint") == ["problem"]
    assert "connection refused" in found["endpoint"][0].text
    assert "login" not in found
    assert levels(found, "temporary"), "the rest is looked at nevertheless"
    monkeypatch.setenv("SYNAPSE_ENDPOINT", "synapse.example.org")
    code, found, _ = diagnosed(shell)
    assert code == 1
    assert "is no address" in found["endpoint"][0].text


def test_a_dead_server_is_not_waited_for(
    shell: Shell,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It takes the connection and says nothing; the test would never end."""
    monkeypatch.setattr(server, "SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("SYNAPSE_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        code, found, _ = diagnosed(shell)
    assert code == 1
    assert "does not answer within" in found["endpoint"][0].text


class _Answers(http.server.BaseHTTPRequestHandler):
    """A server that is not as it should be."""

    body: bytes = b'{"version": "7"}'
    date: float | None = None
    status: bytes = b'{"status": "READ_WRITE"}'

    def do_GET(self) -> None:
        self.send_response(200)
        body = self.status if self.path.endswith("/status") else self.body
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(int(self.date or time.time()))  # type: ignore[arg-type]

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None, **said: Any) -> Iterator[int]:
    handler = type("Answers", (_Answers,), said)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as found:
        if context is not None:
            found.socket = context.wrap_socket(found.socket, server_side=True)
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        try:
            yield int(found.server_address[1])
        finally:
            found.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("said", "check", "expected", "told"),
    [
        ({"body": b"<html>"}, "endpoint", ["problem"], "is no Synapse"),
        ({"body": b'["version"]'}, "endpoint", ["problem"], "is no Synapse"),
        ({"date": -3600}, "clock", ["problem"], "ahead"),
        ({"date": 60}, "clock", ["warning"], "behind"),
        (
            {"status": b'{"status": "DOWN", "currentMessage": "till noon"}'},
            "endpoint",
            ["ok", "warning"],
            "The server is DOWN. till noon",
        ),
    ],
)
def test_servers_that_are_not_well(
    shell: Shell,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    said: dict[str, Any],
    check: str,
    expected: list[str],
    told: str,
) -> None:
    if "date" in said:
        said = {"date": time.time() + said["date"]}
    with serving(**said) as port:
        monkeypatch.setenv("SYNAPSE_ENDPOINT", f"http://127.0.0.1:{port}")
        _, found, _ = diagnosed(shell)
    assert levels(found, check) == expected
    assert told in found[check][-1].text


def test_certificates(
    shell: Shell,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with serving(context) as port:
        monkeypatch.setenv("SYNAPSE_ENDPOINT", f"https://localhost:{port}")
        code, found, _ = diagnosed(shell)
        assert code == 1
        assert levels(found, "tls") == ["problem"]
        assert "SSL_CERT_FILE" in (found["tls"][0].advice or "")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        _, found, _ = diagnosed(shell)
    assert levels(found, "tls") == ["ok"]
    assert str(tmp_path / "ca.pem") in found["tls"][0].text


@pytest.mark.parametrize(
    ("environ", "expected", "told"),
    [
        ({}, ["ok"], "No proxy"),
        ({"HTTPS_PROXY": "http://u:sesame@p:3128"}, ["ok"], "by the proxy http://…@p:3128"),
        ({"https_proxy": "http://p:1", "no_proxy": "x.y, .example.org"}, ["ok"], "without a proxy"),
        ({"all_proxy": "http://p:1"}, ["ok"], "by the proxy"),
        ({"https_proxy": "http://:3128"}, ["problem", "ok"], "by the proxy"),
        ({"http_proxy": "http://p:1"}, ["ok"], "No proxy"),
    ],
)
def test_proxies(environ: dict[str, str], expected: list[str], told: str) -> None:
    found = machine.check_proxies(environ, "https://synapse.example.org/repo/v1")
    assert [each.level for each in found] == expected
    assert told in found[-1].text
    assert "sesame" not in repr(found)
    [local] = machine.check_proxies({"http_proxy": "http://p"}, "http://localhost/repo/v1")
    assert (local.level, "no_proxy" in (local.advice or "")) == ("warning", True)


def config_of(tmp_path: Path, location: Path) -> Config:
    (tmp_path / "config").write_text(f"[cache]\nlocation = {location}\n")
    return Config.load(str(tmp_path / "config"))


def test_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine.check_cache(config_of(tmp_path, tmp_path / "a" / "b"))
    assert found[0].level == "ok"
    assert not (tmp_path / "a").exists(), "looking makes nothing"
    assert {each.check for each in found} <= {"cache", "filesystem"}
    (tmp_path / "file").write_text("x")
    [found_file] = machine.check_cache(config_of(tmp_path, tmp_path / "file"))
    assert (found_file.level, "no folder" in found_file.text) == ("problem", True)
    [below] = machine.check_cache(config_of(tmp_path, Path("/proc/nothing")))
    assert (below.level, "cannot be written" in below.text) == ("problem", True)
    assert list(tmp_path.glob(".synapse*")) == []
    usage = type("Usage", (), {"free": 5})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert "problem" in [each.level for each in machine.check_temporary()]
    usage.free = 1 << 29  # type: ignore[attr-defined]
    assert [each.level for each in machine.check_temporary()] == ["warning"]


def test_kinds_of_file_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.file_system("/proc/self") == "proc"
    assert machine.file_system("/")
    monkeypatch.setenv("HOME", str(tmp_path))
    for kind, place, expected, told in (
        ("nfs4", tmp_path / "c", ["ok", "warning"], "NFS"),
        ("lustre", Path("/scratch/c"), ["ok"], "relies on no lock"),
        ("tmpfs", Path("/dev/shm/c"), ["warning"], "memory"),
        ("ext4", tmp_path / "c", ["ok"], "ext4"),
        (None, tmp_path / "c", [], ""),
    ):
        monkeypatch.setattr(machine, "file_system", lambda _, kind=kind: kind)
        found = machine._kind_of_place(str(place))
        assert [each.level for each in found] == expected
        assert told in (found[0].text if found else "")


def test_no_secret_is_shown() -> None:
    findings = [
        Finding("x", "ok", "a sesame b eyJab.cd.ef", "c sesame-street"),
        Finding("y", "ok", "abc"),
    ]
    hidden = without_secrets(findings, ["sesame", "sesame-street", "abc", ""])
    assert hidden == [Finding("x", "ok", "a … b eyJ…", "c …"), Finding("y", "ok", "abc")]


def test_a_file_that_cannot_be_understood_ends_nothing(shell: Shell) -> None:  # noqa: F811
    (shell.folder / "config").write_text("[default\nauthtoken = sesame\n")
    code, found, out = diagnosed(shell)
    assert code == 1
    assert levels(found, "config") == ["problem"]
    assert levels(found, "cache")
    assert "sesame" not in out
