"""Blocking twins, patience, configuration, plans of transfers, entities as text."""

from __future__ import annotations

import asyncio
import contextvars
import datetime
import decimal
import doctest
import io
import itertools
import json
import logging
import os
import re
import socket
import stat
import subprocess
import sys
import threading
import types
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import RunningServer

import synapseclient
from synapseclient.activity import (
    Activity,
    is_synapse_entity,
    is_used_entity,
    is_used_url,
)
from synapseclient.annotations import (
    Annotations,
    check_annotations_changed,
    from_wire,
    to_wire,
)
from synapseclient.client import STAGING_ENDPOINTS, Synapse
from synapseclient.core import config, credentials, progress, retry, utils
from synapseclient.core.advice import explain
from synapseclient.core.blocking import blocking, run
from synapseclient.core.exceptions import (
    SynapseAuthenticationError,
    SynapseError,
    SynapseFileNotFoundError,
    SynapseHTTPError,
    SynapseMalformedEntityError,
    SynapseNoCredentialsError,
    SynapseProvenanceError,
    SynapseTimeoutError,
)
from synapseclient.core.logs import session_logger
from synapseclient.core.threads_wire import ThreadsWire
from synapseclient.core.transport import Answer, CannotConnect, FastWire, Transport
from synapseclient.entity import Entity, File, Folder, Link, Project, split_entity_namespaces
from synapseclient.transfer import plan

# ------------------------------------------------------------------ blocking


async def double_async(number: int) -> int:
    """Twice."""
    await asyncio.sleep(0)
    return 2 * number


double = blocking(double_async)


def test_a_blocking_twin() -> None:
    assert double(4) == 8
    assert (double.__name__, double.__doc__) == ("double", "Twice.")


def test_it_works_inside_a_running_loop() -> None:
    async def inside() -> int:
        return double(5)  # as in a notebook

    assert asyncio.run(inside()) == 10


def test_on_its_own_loop_it_is_refused() -> None:
    async def nested_async() -> int:
        return double(1)

    with pytest.raises(RuntimeError, match="await the _async twin"):
        blocking(nested_async)()


def test_context_travels_and_errors_come_back() -> None:
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("mine")

    async def read_async() -> str:
        return variable.get()

    async def fail_async() -> None:
        raise KeyError("gone")

    assert run(read_async()) == "mine"
    with pytest.raises(KeyError, match="gone"):
        run(fail_async())


def test_from_many_threads() -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda n=n: results.append(double(n))) for n in range(20)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [2 * n for n in range(20)]


def test_the_process_ends_well_after_its_last_answer(server: RunningServer) -> None:
    """The HTTP library's threads must be out of Python when the interpreter goes away. Before
    they were waited for, every sixth of these processes aborted."""
    program = (
        "import asyncio, sys\n"
        "from synapseclient.core.blocking import run\n"
        "from synapseclient.core.transport import Network\n"
        "network = Network()\n"
        "async def go():\n"
        "    await asyncio.gather("
        "*[network.send('GET', sys.argv[1], {}, None, 60) for _ in range(6)])\n"
        "run(go())\n"
    )
    command = [sys.executable, "-c", program, server.url + "/repo/v1/version"]
    for _ in range(6):
        started = [
            subprocess.Popen(command, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2])
            for _ in range(5)
        ]
        for process in started:
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said


def test_a_forked_child_starts_anew() -> None:
    double(1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(double(21)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"42"
    os.close(reader)
    os.close(writer)


# ------------------------------------------------------------------ sending


class Script:
    """A wire that answers from a list."""

    def __init__(self, *answers: int | Exception | tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, str, dict[str, str], Any]] = []

    async def send(self, verb: str, url: str, headers: Any, body: Any, seconds: float) -> Answer:
        self.sent.append((verb, url, dict(headers), body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, value = answer if isinstance(answer, tuple) else (answer, {})
        headers = {"Content-Type": "application/json", "retry-after": "0"}
        return Answer(status, headers, json.dumps(value).encode(), url)

    def stream(self, *_: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry.random, "uniform", lambda low, high: 0.001)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("verb", "answers", "status", "count"),
    [
        ("GET", [503, 500, 200], 200, 3),
        ("GET", [CannotConnect("x"), 200], 200, 2),
        ("POST", [429, 503, 201], 201, 3),
        ("POST", [500, 201], 500, 1),
        ("PUT", [502, 200], 200, 2),
        ("GET", [501, 200], 501, 1),
        ("GET", [404, 200], 404, 1),
        ("GET", [500] * 20, 500, 8),
    ],
)
def test_retries_fire_and_end(verb: str, answers: list[Any], status: int, count: int) -> None:
    wire = Script(*answers)
    assert run(Transport("t", wire).send(verb, "http://x")).status_code == status
    assert len(wire.sent) == count


@pytest.mark.usefixtures("quick")
def test_a_broken_post_is_not_repeated() -> None:
    wire = Script(CannotConnect("x"), 201)
    with pytest.raises(CannotConnect):
        run(Transport("t", wire).send("POST", "http://x"))


def test_patience_ends() -> None:
    patience = retry.Patience(tries=100, total=1.0)
    waits = []
    while (pause := patience.wait()) is not None:
        waits.append(pause)
    assert 1 <= len(waits) < 20
    assert sum(waits) <= 1.0
    assert retry.Patience().wait(asked=5) == 5


def test_nobody_listens() -> None:
    with pytest.raises(CannotConnect, match=r"Cannot reach http://127\.0\.0\.1:9"):
        run(Transport("t").send("GET", "http://127.0.0.1:9/x?secret=1", tries=1))


def test_a_wrong_address_is_told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float, *result: Any) -> Any:
        if sys._getframe(1).f_globals["__name__"] == Transport.__module__:  # others sleep, too
            pauses.append(seconds)
        return await sleep(seconds, *result)

    monkeypatch.setattr(asyncio, "sleep", noted)
    with pytest.raises(CannotConnect, match=r"connection refused\. Check SYNAPSE_ENDPOINT"):
        run(Transport("t").send("GET", "http://127.0.0.1:9/x"))
    with pytest.raises(CannotConnect, match=r"host not found\. Check SYNAPSE_ENDPOINT"):
        run(Transport("t").send("GET", "http://no-such-host.invalid/x"))
    assert 0 < sum(pauses) < 6


@pytest.mark.parametrize("kind", [FastWire, lambda: ThreadsWire(20)])
def test_what_both_wires_promise(server: RunningServer, kind: Any) -> None:
    wire = kind()
    url = server.url + "/repo/v1/version"

    async def pieces() -> bytes:
        async with wire.stream("GET", url, {}, 60) as stream:
            assert stream.status_code == 200
            found = b""
            while (data := await stream.chunk()) is not None:
                found += bytes(data)
            return found

    whole = run(wire.send("GET", url, {}, None, 60))
    assert (whole.status_code, whole.content) == (200, run(pieces()))
    with pytest.raises(CannotConnect, match="connection refused"):
        run(wire.send("GET", "http://127.0.0.1:9/?secret", {}, None, 60))
    with pytest.raises(SynapseError, match="not valid") as caught:
        run(wire.send("GET", url, {"authorization": "Bearer secret\n"}, None, 60))
    assert "secret" not in str(caught.value)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(SynapseTimeoutError):
            run(wire.send("GET", url, {}, None, 0.2))


def session(tmp_path: Path, *answers: Any, **arguments: Any) -> tuple[Synapse, Script]:
    wire = Script(*answers)
    syn = Synapse(
        configPath=str(tmp_path / "config"),
        cache_root_dir=str(tmp_path / "cache"),
        wire=wire,
        silent=True,
        cache_client=False,
        **arguments,
    )
    return syn, wire


# ------------------------------------------------------------------ configuration and login


def test_endpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNAPSE_ENDPOINT", raising=False)
    file = tmp_path / "config"
    syn, _ = session(tmp_path)
    assert syn.repoEndpoint == "https://repo-prod.prod.sagebase.org/repo/v1"
    file.write_text("[endpoints]\nrepoEndpoint = https://file.example.org/repo/v1\n")
    syn, _ = session(tmp_path)
    assert syn.repoEndpoint == "https://file.example.org/repo/v1"
    assert syn.authEndpoint == "https://auth-prod.prod.sagebase.org/auth/v1"
    assert STAGING_ENDPOINTS["fileHandleEndpoint"] == (
        "https://file-staging.prod.sagebase.org/file/v1"
    )
    monkeypatch.setenv("SYNAPSE_ENDPOINT", "http://127.0.0.1:8080/")
    syn, _ = session(tmp_path)
    assert (syn.repoEndpoint, syn.portalEndpoint) == (
        "http://127.0.0.1:8080/repo/v1",
        "http://127.0.0.1:8080/",
    )
    syn, _ = session(tmp_path, repoEndpoint="http://given/repo/v1")
    assert syn.repoEndpoint == "http://given/repo/v1"


def test_addresses_need_a_scheme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNAPSE_ENDPOINT", "127.0.0.1:8080")
    with pytest.raises(ValueError, match=r"'127\.0\.0\.1:8080/repo/v1' .* must begin with http"):
        session(tmp_path)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    with pytest.raises(ValueError, match=r"config: it cannot be read: Is a directory"):
        session(tmp_path)


def test_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE", "/scratch")
    path = tmp_path / "config"
    path.write_text(
        "[default]\nusername = ada\nauthtoken = t1\n[profile work]\nauthtoken = t2\n"
        "[cache]\nlocation = $CACHE/synapse\n[transfer]\nmax_threads = 500\n[debug]\n"
    )
    found = config.Config.load(str(path))
    assert found.cache_location == "/scratch/synapse"
    assert found.max_threads == 128
    assert found.debug
    assert found.profile(None) == config.Profile("default", "ada", "t1")
    assert found.profile("work") == config.Profile("profile work", None, "t2")
    with pytest.raises(ValueError, match="no profile 'home'"):
        found.profile("home")
    path.write_text("[transfer]\nmax_threads = lots\n")
    with pytest.raises(ValueError, match="max_threads"):
        _ = config.Config.load(str(path)).max_threads


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"authtoken = secret\n", "Begin the file with a section"),
        (b"[default]\nauthtoken secret\n", "on line 2 something that is no option"),
        (b"[default]\nauthtoken = a\nauthtoken = secret\n", "a second authtoken of"),
        (b"[default]\nauthtoken = secret\n[default]\n", r"a second \[default\]"),
        (b"[default]\nauthtoken = secret\xff\n", "not UTF-8"),
    ],
)
def test_a_broken_configuration_is_explained_without_its_secrets(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "config"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="Error parsing Synapse config file") as caught:
        config.Config.load(str(path))
    assert re.search(said, str(caught.value))
    assert "secret" not in str(caught.value)


def test_where_credentials_come_from(tmp_path: Path) -> None:
    empty = config.Config.load(str(tmp_path / "none"))
    assert credentials.find(empty, None, None, {}) is None
    found = credentials.find(empty, "ada", None, {"SYNAPSE_AUTH_TOKEN": "t"})
    assert found == credentials.Found("ada", "t")
    path = tmp_path / "config"
    path.write_text("[authentication]\nusername = ada\npassword = p\n[profile x]\nauthtoken = tx\n")
    file = config.Config.load(str(path))
    both = {"SYNAPSE_AUTH_TOKEN": "t"}
    assert credentials.find(file, None, None, both) == credentials.Found(
        "ada", None, "p", None, None
    )
    assert credentials.find(file, None, None, {"SYNAPSE_PROFILE": "x"}) == credentials.Found(
        None, "tx", profile="x"
    )
    assert credentials.find(file, "bob", None, both) == credentials.Found("bob", "t")


def test_a_token_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = config.Config.load(str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "token"
    path.write_text("t1\n")
    path.chmod(0o600)
    named = {"SYNAPSE_AUTH_TOKEN_FILE": "~/token"}
    assert credentials.find(empty, "ada", None, named) == credentials.Found("ada", "t1\n")
    both = {**named, "SYNAPSE_AUTH_TOKEN": "t2"}
    assert credentials.find(empty, None, None, both) == credentials.Found(None, "t2")
    path.chmod(0o400)
    assert credentials.find(empty, None, None, named) is not None
    monkeypatch.delenv("SYNAPSE_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN_FILE", str(path))
    syn, wire = session(tmp_path, (200, PROFILE))
    syn.login()
    assert wire.sent[0][2]["authorization"] == "Bearer t1"


@pytest.mark.parametrize(
    ("mode", "content", "message"),
    [
        (0o644, b"secret", r"open to others than you \(mode 0644\)\. Run: chmod 600 .*/token"),
        (0o640, b"secret", r"mode 0640"),
        (0o602, b"secret", r"mode 0602"),
        (0o600, b" \n", "is empty"),
        (0o600, b"\xff\xfe", "is not text"),
        (0o600, b"secret" * 20_000, "too long"),
        (0o600, b"secret secret", "has spaces"),
        (0o600, None, r"/token \(from SYNAPSE_AUTH_TOKEN_FILE\), cannot be read: No such file"),
    ],
)
def test_a_file_that_is_not_fit_for_a_token(
    tmp_path: Path,
    mode: int,
    content: bytes | None,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    monkeypatch.delenv("SYNAPSE_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("SYNAPSE_AUTH_TOKEN_FILE", str(path))
    syn, wire = session(tmp_path)
    with pytest.raises(SynapseAuthenticationError, match=message) as caught:
        syn.login()
    assert "secret" not in str(caught.value)
    assert not wire.sent


def test_writing_credentials_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "config"
    assert config.write_credentials(str(path), "default", "ada", "t1") is None
    path.write_text(path.read_text() + "[cache]\nlocation = /x\n")
    backup = config.write_credentials(str(path), "default", "ada", "t2")
    assert backup == str(path) + ".backup"
    assert config.write_credentials(str(path), "profile work", None, "t3") == str(path) + ".backup2"
    found = config.Config.load(str(path))
    assert found.profile(None) == config.Profile("default", "ada", "t2")
    assert found.profile("work") == config.Profile("profile work", None, "t3")
    assert found.cache_location == "/x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


PROFILE = {"ownerId": "7", "userName": "ada", "emails": ["ada@example.org"]}


def test_login_with_a_token(tmp_path: Path) -> None:
    syn, wire = session(tmp_path, (200, PROFILE))
    syn.login("ADA@example.org", authToken="t")
    assert wire.sent[0][2]["authorization"] == "Bearer t"
    assert syn.username == "ada"
    assert syn.credentials is not None
    assert syn.credentials.username == "ada"  # type: ignore[attr-defined]
    syn.logout()
    assert syn.credentials is None


@pytest.mark.parametrize("how", ["argument", "password", "environment"])
def test_tokens_are_cleaned_and_never_shown(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for token, good in (("eyJh.b.c\r\n", True), ("eyJh.b\u00a0d.c", False)):
        syn, wire = session(tmp_path, (200, PROFILE))
        monkeypatch.setenv("SYNAPSE_AUTH_TOKEN", token)
        given = {"argument": {"authToken": token}, "password": {"password": token}}.get(how, {})
        if good:
            syn.login(**given)  # type: ignore[arg-type]
            assert wire.sent[0][2]["authorization"] == "Bearer eyJh.b.c"
        else:
            with pytest.raises(SynapseAuthenticationError, match="not valid") as caught:
                syn.login(**given)  # type: ignore[arg-type]
            assert "eyJ" not in str(caught.value)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [404, 503])
def test_a_server_that_is_not_there_is_no_wrong_token(tmp_path: Path, status: int) -> None:
    syn, _ = session(tmp_path, *[status] * 8)
    with pytest.raises(SynapseHTTPError, match=str(status)):
        syn.login(authToken="t")
    assert syn.credentials is None
    syn, _ = session(tmp_path, *[status] * 8)
    with pytest.raises(SynapseHTTPError, match=str(status)):
        syn.login("ada", "password")


def test_web_pages_are_no_answers() -> None:
    page = Answer(404, {"content-type": "text/html"}, b"<html>long</html>", "http://x/y?z")
    assert page.reason.startswith("http://x/y answers with a web page. Check SYNAPSE_ENDPOINT")


def test_keys_that_are_none(tmp_path: Path) -> None:
    syn, _ = session(tmp_path)
    with pytest.raises(SynapseAuthenticationError, match="not base64"):
        syn.login("ada", apiKey="§")


def test_login_as_somebody_else(tmp_path: Path) -> None:
    syn, _ = session(tmp_path, (200, PROFILE))
    with pytest.raises(SynapseAuthenticationError, match="not of bob"):
        syn.login("bob", authToken="t")


def test_a_password_may_be_an_api_key(tmp_path: Path) -> None:
    key = "c2VjcmV0"
    syn, wire = session(tmp_path, (401, {"reason": "no"}), (200, PROFILE), (200, PROFILE))
    syn.login("ada", key)
    assert wire.sent[-1][2]["userId"] == "ada"
    syn, _ = session(tmp_path, (401, {"reason": "wrong password"}), (401, {}))
    with pytest.raises(SynapseAuthenticationError, match="wrong password"):
        syn.login("ada", key)


def test_login_without_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNAPSE_AUTH_TOKEN", raising=False)
    syn, _ = session(tmp_path)
    with pytest.raises(SynapseAuthenticationError, match=r"SYNAPSE_AUTH_TOKEN.* no file"):
        syn.login()
    (tmp_path / "config").write_text("[profile bobby]\nusername = bob\nauthtoken = t\n")
    syn, _ = session(tmp_path)
    with pytest.raises(SynapseNoCredentialsError, match="the profile 'bobby' of bob"):
        syn.login("bob")
    with pytest.raises(SynapseAuthenticationError, match="no profile"):
        syn.login(profile="none")


def test_tokens_go_to_our_server_alone(tmp_path: Path) -> None:
    syn, wire = session(
        tmp_path,
        (200, PROFILE),
        (200, {"a": 1}),
        (200, {"a": 1}),
        repoEndpoint="http://ours/repo/v1",
    )
    syn.login(authToken="t")
    assert syn.restGET("/entity/syn1") == {"a": 1}
    assert wire.sent[-1][1] == "http://ours/repo/v1/entity/syn1"
    assert "authorization" in wire.sent[-1][2]
    syn.restGET("http://ours.evil.example.com/repo/v1/x")
    assert "authorization" not in wire.sent[-1][2]


@pytest.mark.usefixtures("quick")
def test_parameters_of_requests(tmp_path: Path) -> None:
    syn, wire = session(tmp_path, *[503] * 9)
    for call in (syn.restGET, syn.restPOST, syn.restPUT, syn.restDELETE):
        with pytest.raises(TypeError, match="retrypolicy"):
            call("/x", retrypolicy={"retries": 1})  # type: ignore[call-arg]
        with pytest.raises(SynapseHTTPError):
            call("/x", retryPolicy={"retries": 1}, requests_session=None)
    assert len(wire.sent) == 8


def test_settings_of_a_session(tmp_path: Path) -> None:
    syn, _ = session(tmp_path)
    for given, kept in ((500, 128), (0, 1), (9, 9)):
        syn.max_threads = given
        assert syn.max_threads == kept
    mine = logging.getLogger("mine")
    syn.logger = mine
    assert syn.logger is mine


def test_welcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config").write_text("[profile work]\nauthtoken = t\n")
    syn, _ = session(tmp_path, (200, PROFILE), (200, PROFILE))
    syn.silent = False
    syn.login(authToken="t")
    assert capsys.readouterr().out == "Welcome, ada!\n\n"
    syn.login(profile="work")
    assert capsys.readouterr().out == "Welcome, ada! You are using the 'work' profile.\n"


class Full(io.StringIO):
    """A disk that is full, or a pipe that nobody reads."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def test_messages_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    logger = session_logger(silent=False, debug=False)
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(BrokenPipeError):
        logger.info("x")
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii", write_through=True))
    logger.info("ümlaut")
    assert raw.getvalue() == b"\\xfcmlaut\n"
    monkeypatch.setattr(sys, "stdout", None)
    logger.info("nobody there")
    assert errors.getvalue() == ""


def test_errors_carry_the_reason(tmp_path: Path) -> None:
    syn, _ = session(tmp_path, (404, {"reason": "There is no syn9."}), (401, {"reason": "who?"}))
    with pytest.raises(
        SynapseHTTPError, match=r"404 Client Error: Not Found\nThere is no syn9."
    ) as caught:
        syn.restGET("/entity/syn9")
    assert caught.value.response is not None
    assert caught.value.response.json() == {"reason": "There is no syn9."}
    assert explain(caught.value) == "There is no syn9."
    with pytest.raises(SynapseAuthenticationError, match="who"):
        syn.restGET("/x")


def test_finding_the_session(tmp_path: Path) -> None:
    syn, _ = session(tmp_path)
    Synapse.set_client(None)
    with pytest.raises(SynapseError, match="login"):
        Synapse.get_client()
    Synapse.set_client(syn)
    assert Synapse.get_client() is syn
    assert Synapse.get_client(syn) is syn
    Synapse.allow_client_caching(False)
    with pytest.raises(SynapseError):
        Synapse.get_client()
    Synapse.allow_client_caching(True)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SynapseAuthenticationError("no"), "synapse config"),
        (FileNotFoundError("no such file"), "no such file"),
        (ZeroDivisionError("division"), "--debug"),
        (SynapseNoCredentialsError("none found"), "none found"),
    ],
)
def test_advice(error: Exception, text: str) -> None:
    assert text in explain(error)
    assert "\n" not in explain(error)


# ------------------------------------------------------------------ plans


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(plan).failed == 0
    assert doctest.testmod(progress).failed == 0


@pytest.mark.parametrize("size", [0, 1, plan.PART_SIZE, plan.PART_SIZE + 1, 5 * 2**40])
def test_parts_cover_the_file(size: int) -> None:
    each = plan.part_size(size)
    count = max(1, -(-size // each))
    assert count <= 10_000
    spans = [plan.part_span(number, size, each) for number in range(1, min(count, 50) + 1)]
    assert spans[0].start == 0
    assert all(first.end == second.start for first, second in itertools.pairwise(spans))
    assert plan.part_span(count, size, each).end == size


def test_ranges_and_their_prefix() -> None:
    spans = list(plan.ranges(5, 3 * plan.RANGE_SIZE))
    assert (spans[0].start, spans[-1].end) == (5, 3 * plan.RANGE_SIZE)
    prefix = plan.Prefix(5)
    for span in reversed(spans[1:]):
        prefix.add(span)
    assert prefix.end == 5
    prefix.add(spans[0])
    assert prefix.end == 3 * plan.RANGE_SIZE


def test_progress_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNAPSE_PROGRESS", "line")
    with progress.Progress("Downloading", "matrix_100_by_4.tsv", 7266) as line:
        line.advance(7266)
    out = capsys.readouterr().out
    assert "\rDownloading  [####################]100.00%   7.1kB/7.1kB (" in out
    assert out.endswith("/s) matrix_100_by_4.tsv Done...\n")
    monkeypatch.setenv("SYNAPSE_PROGRESS", "bar")
    with progress.Progress("Uploading", "x", 10) as bar:
        bar.resume(4)
        bar.advance(6)
    assert "Uploading x: 100%" in capsys.readouterr().err


# ------------------------------------------------------------------ entities, annotations, activities


def test_entities_are_mappings_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a")
    file = File(str(path), parent="syn1", description="d", tissue="liver")
    assert (file.name, file["name"], file.properties.name) == ("data.csv",) * 3
    assert (file.parentId, file.tissue, file.annotations) == ("syn1", "liver", {"tissue": "liver"})
    file.etag = "e"
    file["count"] = 3
    file.parent = {"id": "syn2"}
    assert file.properties["etag"] == "e"
    assert file.annotations["count"] == 3
    assert file.parentId == "syn2"
    del file["count"]
    assert "count" not in file
    assert file.get("nothing") is None
    with pytest.raises(AttributeError):
        _ = file.nothing
    properties, annotations, local = split_entity_namespaces(file)
    assert properties["name"] == "data.csv"
    assert annotations == {"tissue": "liver"}
    assert local["path"] == str(path)
    assert file.local_state({"extra": 1})["extra"] == 1
    assert set(file) == {"name", "tissue", "etag", "parentId", "concreteType"} | (
        set(file.properties)
    )
    assert dict(file) == {**file.properties, **file.annotations}
    assert "path" in file
    assert file.has_key("path")
    assert file["path"] == str(path)
    file.id = "syn9"
    assert (file.postURI(), file.putURI(), file.deleteURI(2)) == (
        "/entity",
        "/entity/syn9",
        "/entity/syn9/version/2",
    )


def test_which_class(tmp_path: Path) -> None:
    for kind in (Project, Folder):
        made = Entity.create({"concreteType": kind._synapse_entity_type, "name": "n"})
        assert type(made) is kind
        assert str(made).startswith(f"{kind.__name__}: n (-)\nproperties:\n")
        assert str(made).endswith("annotations:\n")
        assert "name='n'" in repr(made)
    assert File("a.txt", parent="syn1").cacheDir == ""
    link = Link("syn5", targetVersion=2, parent="syn1")
    assert link.linksTo == {"targetId": "syn5", "targetVersionNumber": 2}
    with pytest.raises(SynapseMalformedEntityError):
        Link(parent="syn1")
    with pytest.raises(SynapseMalformedEntityError, match="parent"):
        Folder("x", parent=Project("not stored"))
    with pytest.raises(SynapseMalformedEntityError):
        split_entity_namespaces(7)


def test_annotations_keep_their_types() -> None:
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)
    values = {
        "s": "x",
        "i": [1, 2],
        "f": 0.5,
        "b": True,
        "t": moment,
        "none": None,
        "nothing": [],
        "not a number": float("nan"),
        "mixed": [1, None, "a"],
        "numbers": [1, 0.5],
        "bytes": b"abc",
        "exact": decimal.Decimal("1.50"),
    }
    wired = to_wire(values)
    assert {key: each.type for key, each in wired.items()} == {
        "s": "STRING",
        "i": "LONG",
        "f": "DOUBLE",
        "b": "BOOLEAN",
        "t": "TIMESTAMP_MS",
        "mixed": "STRING",
        "numbers": "STRING",
        "bytes": "STRING",
        "exact": "STRING",
    }
    raw = {key: {"type": each.type, "value": each.value} for key, each in wired.items()}
    assert from_wire(raw) == {
        "s": ["x"],
        "i": [1, 2],
        "f": [0.5],
        "b": [True],
        "t": [moment],
        "mixed": ["1", "a"],
        "numbers": ["1", "0.5"],
        "bytes": ["abc"],
        "exact": ["1.50"],
    }
    with pytest.raises(TypeError, match="a dict"):
        to_wire({"x": {"y": 1}})
    made = Annotations("syn1", "e", {"a": [1]}, b=2)
    made.c = 3
    assert (made.id, made.etag, dict(made), made.a) == (
        "syn1",
        "e",
        {"a": [1], "b": 2, "c": 3},
        [1],
    )
    with pytest.raises(ValueError, match="id"):
        Annotations(None, "e")


def test_activities() -> None:
    made = Activity(
        "step",
        used=["syn1.2", "https://example.org/x", {"id": "syn3", "versionNumber": 4}],
        executed="syn5",
    )
    made.used({"url": "https://example.org/y", "name": "y"})
    made.executed(url="https://example.org/code")
    assert made._getStringList(wasExecuted=False) == [
        "syn1.2",
        "https://example.org/x",
        "syn3.4",
        "y",
    ]
    assert made._getStringList() == ["syn5", "https://example.org/code"]
    for bad in ("not-an-id", None):
        with pytest.raises(SynapseProvenanceError):
            made.used(bad)
    reference = {"targetId": "syn6", "targetVersionNumber": 7}
    made.used({"reference": reference, "wasExecuted": True})
    assert made._getExecutedStringList()[-1] == "syn6.7"
    made.used("syn8.1", targetVersion=1)
    with pytest.raises(ValueError, match="conflicting versions"):
        made.used("syn1.3", targetVersion=4)
    for wrong in (
        {"target": "syn1", "url": "https://example.org"},
        {"target": ["syn1"], "targetVersion": 2},
        {"url": "https://example.org", "targetVersion": 2},
        {"target": "syn1", "name": "x"},
    ):
        with pytest.raises(SynapseMalformedEntityError, match="cannot be given together"):
            made.used(**wrong)
    assert str(Activity("step", used=["syn1.2", "syn3"], executed="https://example.org/c")) == (
        "step\n  Executed:\nhttps://example.org/c  Used:\nsyn1.2\nsyn3"
    )


def test_helpers_of_scripts(tmp_path: Path) -> None:
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, 678900, tzinfo=datetime.UTC)
    assert utils.datetime_to_iso(moment) == "2020-01-02T03:04:05.679Z"
    assert utils.datetime_to_iso(dt=moment, sep=" ") == "2020-01-02 03:04:05.679Z"
    whole = moment.replace(microsecond=0)
    assert utils.datetime_to_iso(whole, include_milliseconds_if_zero=False).endswith("05Z")
    assert utils.datetime_to_iso(whole.replace(tzinfo=None)) == "2020-01-02T03:04:05.000Z"
    assert utils.to_unix_epoch_time(dt="2020-01-02T03:04:05.000Z") == 1577934245000
    assert utils.from_unix_epoch_time(ms=1500) == utils.from_unix_epoch_time_secs(1.5)
    assert utils.datetime_or_none("soon") is None
    assert [utils.humanizeBytes(each) for each in (utils.KB, utils.GB)] == ["1.0kB", "1.0GB"]
    assert utils.file_url_to_path("file:///a/b.txt") == utils.file_url_to_path("/a/b.txt")
    assert utils.file_url_to_path("http://x/a") is None
    assert utils.file_url_to_path("/no/such/file", verify_exists=True) is None
    path = utils.touch(str(tmp_path / "new" / "file"), (5, 5))
    assert os.stat(path).st_mtime == 5
    made = utils.make_bogus_binary_file(5, str(tmp_path / "bytes"))
    counted: list[int] = []
    bar = types.SimpleNamespace(update=counted.append)
    md5 = utils.md5_for_file_hex(made, progress_bar=bar)
    assert md5 == utils.md5_fn(Path(made).read_bytes(), None) == utils.md5_of_file(made)
    assert counted == [5]
    assert utils.normalize_lines(" a  b \n c ") == "a b\nc"
    bundle = {"entity": {"dataFileHandleId": "2"}, "fileHandles": [{"id": "1"}, {"id": "2"}]}
    assert utils.find_data_file_handle(bundle) == {"id": "2"}
    assert utils.equal_paths(path1="a", path2="./a")
    old = {"annotations": {"a": {"type": "LONG", "value": ["1"]}}}
    assert not check_annotations_changed(old, {"a": 1, "b": None})
    assert check_annotations_changed(old, {"a": 1.0})
    assert is_used_url({"url": "http://x"})
    assert is_used_entity({"reference": {"targetId": "syn1"}})
    assert is_synapse_entity(Folder("x", parent="syn1"))


def test_names_that_the_system_gives_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in enumerate(("a.tar.gz", "a(1).tar.gz", "a(2).tar.gz")):
        if number == 2:  # a file system without links

            def link(*_: Any) -> None:
                raise PermissionError

            monkeypatch.setattr("synapseclient.core.utils.os.link", link)
        finished = tmp_path / "finished"
        finished.write_text(name)
        placed = utils.put_beside(str(finished), str(tmp_path / "a.tar.gz"))
        assert os.path.basename(placed) == name
        assert Path(placed).read_text() == name
    assert len(os.listdir(tmp_path)) == 3


def test_updates(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("synapseclient_default"), "propagate", True)
    with caplog.at_level(logging.INFO, "synapseclient_default"):
        synapseclient.check_for_updates()
        synapseclient.release_notes()
    assert synapseclient.__version__ in caplog.text
    assert synapseclient.USER_AGENT["User-Agent"].startswith("synapseclient/4.14")


def test_helpers(tmp_path: Path) -> None:
    assert utils.get_synid_and_version("syn1.2") == ("syn1", 2)
    assert utils.is_url("https://x.org/a")
    assert not utils.is_url("C:/x")
    assert utils.guess_file_name("https://x.org/a%20b.csv?q=1") == "a b.csv"
    path = tmp_path / "a.tar.gz"
    path.write_text("x")
    assert utils.unique_filename(str(path)).endswith("a(1).tar.gz")
    assert utils.md5_for_file(str(path)).hexdigest() == "9dd4e461268c8034f5c8564e155c67a6"
    bogus = utils.make_bogus_data_file(3, seed=1)
    assert Path(bogus).read_text().count(",") == 2
    os.unlink(bogus)
    with pytest.raises(SynapseMalformedEntityError):
        utils.id_of({})
    assert utils.id_of(7) == "7"
    assert utils.to_list("ab") == ["ab"]
    assert (
        utils.from_unix_epoch_time(
            utils.to_unix_epoch_time(utils.iso_to_datetime("2020-01-02T03:04:05+00:00"))
        ).year
        == 2020
    )


def test_public_names() -> None:
    for name in synapseclient.__all__:
        assert getattr(synapseclient, name) is not None
    assert "login" in dir(synapseclient)
    with pytest.raises(AttributeError):
        _ = synapseclient.no_such_name
    with pytest.raises(SynapseFileNotFoundError):
        raise SynapseFileNotFoundError("also a FileNotFoundError") from FileNotFoundError()
