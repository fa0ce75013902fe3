"""``synapse-server``: serving for real, users and tokens while it runs, the demonstration data."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from synapse_server import settings
from synapse_server.__main__ import main
from synapse_server.demo import matrix
from synapse_server.kernel.migrations import HEAD
from synapse_server.settings import BadSetting, Settings, load


def run(*words: str, stdin: str = "") -> int:
    """A command in this process, whose logs go to where they went before when it has ended: what
    it has set up writes to this test's standard error, which the next test has not."""
    old, sys.stdin = sys.stdin, io.StringIO(stdin)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        return main(list(words))
    finally:
        sys.stdin = old
        root.handlers[:] = handlers
        root.setLevel(level)


def get(url: str, token: str | None = None) -> dict[str, object]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_the_compliance_team(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    for words in (["ada", "--act"], ["ben"]):
        added = run("user", "add", *words, *data, "--password-stdin", stdin="correct-Horse-7\n")
        assert added == 0
    assert run("user", "act", "ben", *data) == 0
    assert "ben is in the compliance team now" in capsys.readouterr().out

    def members() -> list[str]:
        assert run("user", "list", *data) == 0
        lines = capsys.readouterr().out.splitlines()
        found = [line.split()[1] for line in lines if "compliance team" in line]
        # the server's own administrator is a member of every team that it relies on
        return [name for name in found if name != "migrationAdmin"]

    assert members() == ["ada", "ben"]
    assert run("user", "act", "ada", "--remove", *data) == 0
    assert "ada is not in the compliance team now" in capsys.readouterr().out
    assert members() == ["ben"]
    assert run("user", "act", "nobody", *data) == 1
    assert "There is no user 'nobody'." in capsys.readouterr().err


def test_who_lost_their_second_factor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert run("user", "add", "ada", *data, "--password-stdin", stdin="correct-Horse-7\n") == 0
    with sqlite3.connect(tmp_path / "data" / "synapse.db") as connection:
        connection.execute("UPDATE account SET two_factor_on = 1 WHERE password IS NOT NULL")
        connection.execute("INSERT INTO recovery_code SELECT id, 'x' FROM account")
    connection.close()
    capsys.readouterr()
    assert run("user", "list", *data) == 0
    assert "two-factor" in capsys.readouterr().out
    assert run("user", "forget-codes", "ada", *data) == 0
    assert "ada logs in with the password alone now" in capsys.readouterr().out
    assert run("user", "list", *data) == 0
    assert "two-factor" not in capsys.readouterr().out
    assert run("user", "forget-codes", "nobody", *data) == 1


def test_a_server_from_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(tmp_path / "data")
    assert run("demo", "load", "--data", data) == 0
    assert run("demo", "load", "--data", data) == 0
    assert capsys.readouterr().out == "The demonstration project is syn1899494\n" * 2
    command = [sys.executable, "-m", "synapse_server", "serve", "--data", data, "--port", "0"]
    environment = {**os.environ, "SYNAPSE_SERVER_LOG_FORMAT": "json"}
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert server.stdout is not None
    assert server.stderr is not None
    try:
        first = server.stdout.readline()
        password = re.fullmatch(
            r"Created the administrator 'admin' with the password (\S+)\n", first
        )
        assert password is not None, first
        address = server.stdout.readline().split()[-1]
        # users and tokens while it runs
        assert (
            run(
                "user",
                "add",
                "ada",
                "--data",
                data,
                "--password-stdin",
                "--email",
                "ada@example.org",
                "--admin",
                "--certified",
                stdin="correct-Horse-7\n",
            )
            == 0
        )
        assert "Added the user ada with the id" in capsys.readouterr().out
        assert (
            run("user", "add", "ada", "--data", data, "--password-stdin", stdin="correct-Horse-7\n")
            == 1
        )
        assert "taken" in capsys.readouterr().err
        assert run("user", "add", "bob", "--data", data, "--password-stdin", stdin="weak\n") == 1
        assert "at least 8" in capsys.readouterr().err
        assert run("user", "add", "bob", "--data", data) == 1
        assert run("token", "create", "ada@example.org", "--data", data, "--scope", "view") == 0
        token = capsys.readouterr().out.strip()
        assert get(f"{address}/repo/v1/userProfile", token)["userName"] == "ada"
        assert run("user", "list", "--data", data) == 0
        assert re.search(r"\d+ +ada +administrator, certified\n", capsys.readouterr().out)
        assert run("user", "disable", "ada", "--data", data) == 0
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            get(f"{address}/repo/v1/userProfile", token)
        refused.value.close()
        assert run("user", "enable", "ada", "--data", data) == 0
        assert get(f"{address}/repo/v1/userProfile", token)["userName"] == "ada"
        assert run("token", "revoke", "-", "--data", data, stdin=token + "\n") == 0
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            get(f"{address}/repo/v1/userProfile", token)
        refused.value.close()
        assert run("user", "disable", "nobody", "--data", data) == 1
        assert run("token", "create", "nobody", "--data", data) == 1
        assert get(f"{address}/repo/v1/entity/syn1899498")["name"] == "matrix_100_by_4.tsv"
        wiki = f"{address}/repo/v1/entity/syn1899494/wiki2"
        with urllib.request.urlopen(f"{wiki}/{get(wiki)['id']}/html") as page:
            shown = page.read().decode()
        assert '<ul class="contents">' in shown
        assert 'alt="The matrix as a picture"' in shown
        assert '<ol class="references">' in shown
        assert "notice" not in shown.partition("<main>")[2]
    finally:
        server.send_signal(signal.SIGTERM)
        _, log = server.communicate(timeout=120)
    assert server.returncode == 0
    assert any(json.loads(line)["logger"] == "synapse.request" for line in log.splitlines())


def test_the_matrix() -> None:
    rows = matrix().decode().splitlines()
    assert len(matrix()) == 7266
    assert len(rows) == 100
    assert {len(row.split("\t")) for row in rows} == {4}


def test_migrate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate", "--data", str(tmp_path)) == 0
    assert run("migrate", "--data", str(tmp_path)) == 0
    assert f"revision {HEAD}" in capsys.readouterr().out


def test_a_taken_port_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = str(sock.getsockname()[1])
        assert run("serve", "--data", str(tmp_path), "--port", port) == 1
    assert "in use" in capsys.readouterr().err


def test_settings_come_in_order(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(
        "port = 1\nhost = 'a'\nrequire_terms = true\ntrash_days = 3\n"
    )
    environ = {"SYNAPSE_SERVER_PORT": "2", "SYNAPSE_SERVER_REQUIRE_CERTIFICATION": "yes"}
    found = load({"data": str(tmp_path), "host": "b", "port": None}, environ)
    assert (found.host, found.port, found.require_terms, found.trash_days) == ("b", 2, True, 3)
    assert found.require_certification is True
    other = tmp_path / "other.toml"
    other.write_text("port = 9\n")
    assert load({}, {"SYNAPSE_SERVER_CONFIG": str(other)}).port == 9
    assert load({}, {}) == Settings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("porst = 1", "No such setting: porst"),
        ("port = 'x'", "whole number"),
        ("require_terms = 'perhaps'", "true or false"),
        ("port", "Cannot read"),
    ],
)
def test_bad_settings_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "server.toml").write_text(text)
    with pytest.raises(BadSetting, match=message):
        load({"data": str(tmp_path)}, {})
    assert settings.__doc__
