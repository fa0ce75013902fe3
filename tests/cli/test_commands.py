"""The commands as they are typed: what they print, where, and how they end."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PASSWORD, User

from synapseclient.__main__ import build_parser, main, perform_main
from synapseclient.cli import parser as commands

SYNAPSE = str(Path(sys.executable).parent / "synapse")
SEED_COMMANDS = (
    "get,sync,store,add,mv,cp,associate,delete,query,submit,show,cat,list,set-provenance,"
    "get-provenance,set-annotations,get-annotations,create,onweb,login,test-encoding"
)


class Shell:
    """Types commands as a user, in this process so that coverage sees them."""

    def __init__(self, user: User, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.user = user
        self.folder = folder
        self.capsys = capsys

    def run(self, *words: str, login: bool = True) -> tuple[int, str, str]:
        """The exit code and what was printed to both channels."""
        self.capsys.readouterr()
        who = ["-u", self.user.name, "-p", PASSWORD] if login else []
        where = ["-c", str(self.folder / "config")]
        try:
            code = main([*who, *where, *words])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def ok(self, *words: str) -> str:
        """What was printed by a command that must succeed."""
        code, out, err = self.run(*words)
        assert code == 0, err
        return out


@pytest.fixture
def shell(
    alice: User, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("SYNAPSE_ENDPOINT", alice.server.url)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SYNAPSE_AUTH_TOKEN", raising=False)
    (tmp_path / "config").write_text(f"[cache]\nlocation = {tmp_path / 'cache'}\n")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Shell(alice, tmp_path, capsys)


@pytest.fixture
def project(shell: Shell) -> str:
    out = shell.ok("create", "Project", "--name", f"P {os.urandom(3).hex()}", "--description", "d")
    match = re.fullmatch(r"Created entity: (syn\d+)\tP \w+\n\n", out)
    assert match is not None, out
    return match[1]


def store(
    shell: Shell, project: str, name: str = "data.tsv", text: str = "1\t2\n", *more: str
) -> str:
    Path(name).write_text(text)
    out = shell.ok("store", name, "--parentid", project, *more)
    match = re.fullmatch(rf"Created/Updated entity: (syn\d+)\t{re.escape(name)}\n", out)
    assert match is not None, out
    return match[1]


def test_store_and_get(shell: Shell, project: str) -> None:
    id = store(shell, project)
    os.remove("data.tsv")
    out = shell.ok("get", id)
    assert out == f"Downloaded file: data.tsv\nCreating {os.getcwd()}/data.tsv\n"
    assert Path("data.tsv").read_text() == "1\t2\n"
    out = shell.ok("get", id, "--downloadLocation", "elsewhere")
    assert out.endswith("/elsewhere/data.tsv\n")
    out = shell.ok("get", "data.tsv")
    assert out.startswith("Associated file: data.tsv with synapse ID " + id)
    store(shell, project, text="new")
    assert shell.ok("get", id, "-v", "1", "--downloadLocation", "v1")
    assert Path("v1/data.tsv").read_text() == "1\t2\n"
    out = shell.ok("get", project)
    assert out.startswith(f"WARNING: No files associated with entity {project}\n\nProject: ")
    assert shell.ok("cat", id) == "new"
    assert shell.ok("cat", id, "-v", "1") == "1\t2\n"


def test_store_with_everything(shell: Shell, project: str) -> None:
    source = store(shell, project, "in.txt", "in")
    Path("note.md").write_text("from a file")
    id = store(
        shell,
        project,
        "out.txt",
        "out",
        "--used",
        source,
        "in.txt",
        "--executed",
        "https://x.org/c.py",
        "--annotations",
        '{"n": [1], "s": "x"}',
        "--descriptionFile",
        "note.md",
    )
    shown = shell.ok("show", id)
    assert f"File: out.txt ({id})\n  md5=" in shown
    assert "  description=from a file\n" in shown
    assert "annotations:\n  n=[1]\n  s=['x']\nProvenance:\n{'used': [" in shown
    provenance = json.loads(shell.ok("get-provenance", "--id", id))
    assert [each["wasExecuted"] for each in provenance["used"]] == [False, False, True]
    out = shell.ok(
        "store", "--id", id, "--name", "renamed.txt", "--annotations", '{"s": "y"}', "--replace"
    )
    assert out == f"Created/Updated entity: {id}\trenamed.txt\n"
    assert json.loads(shell.ok("get-annotations", "--id", id)) == {"s": ["y"]}
    url = shell.ok("add", "https://example.org/far.csv", "--parentid", project)
    assert url.endswith("\tfar.csv\n")
    assert shell.ok("store", "--type", "Project", "--name", f"Q {id}").startswith("Created/Updated")
    Path("in.txt").write_text("in")
    same = shell.ok("store", "in.txt", "--parentid", project, "--noForceVersion")
    assert same == f"Created/Updated entity: {source}\tin.txt\n"


def test_annotations_and_provenance(shell: Shell, project: str) -> None:
    id = store(shell, project)
    code, out, err = shell.run("set-annotations", "--id", id, "--annotations", '{"a": [1, 2]}')
    assert (code, out, err) == (0, "", f"Set annotations on entity {id}\n")
    shell.ok("set-annotations", "--id", id, "--annotations", '{"b": "x"}')
    assert (
        shell.ok("get-annotations", "--id", id)
        == json.dumps({"a": [1, 2], "b": ["x"]}, indent=2) + "\n"
    )
    shell.ok("set-annotations", "--id", id, "--annotations", '{"c": true}', "--replace")
    shell.ok("get-annotations", "--id", id, "-o", "out.json")
    assert json.loads(Path("out.json").read_text()) == {"c": [True]}
    out = shell.ok(
        "set-provenance",
        "--id",
        id,
        "--name",
        "step",
        "--used",
        "syn1.2",
        "--executed",
        "https://x.org",
    )
    assert re.fullmatch(rf"Set provenance record \d+ on entity {id}\n\n", out)
    out = shell.ok("set-provenance", "--id", id, "--name", "again", "-o")
    assert json.loads(out)["name"] == "again"
    assert json.loads(shell.ok("get-provenance", "--id", id, "--version", "1"))["name"] == "again"


def test_listing(shell: Shell, project: str) -> None:
    assert (
        shell.ok("list", project)
        == f"No results visible to {shell.user.name} found for id {project}\n"
    )
    out = shell.ok("create", "Folder", "--name", "inner", "--parentId", project)
    inner = out.split()[2]
    assert (
        shell.ok("create", "Folder", "--name", "inner", "--parentid", project).split()[2] == inner
    )
    file = store(shell, inner)
    assert shell.ok("list", project) == f"{inner}  inner/\n{file}    data.tsv\n"
    assert shell.ok("list", "-r", project) == f"{inner}  inner/\n{file}    data.tsv\n"
    line = shell.ok("list", "-l", inner)
    assert re.fullmatch(
        rf"{file}   1  {shell.user.name:>18} \d{{4}}-\d\d-\d\d \d\d:\d\d  data.tsv\n", line
    )
    assert len(shell.ok("list", "-m", inner)) > len(line)
    assert shell.ok("mv", "--id", file, "--parentid", project) == f"Moved {file} to {project}\n"
    assert shell.ok("delete", inner) == f"Deleted entity: {inner}\n"
    store(shell, project, text="two")
    assert shell.ok("delete", file, "--version", "1") == f"Deleted entity {file}, version 1\n"


def test_associate(shell: Shell, project: str) -> None:
    text = os.urandom(6).hex()
    id = store(shell, project, "known.txt", text)
    Path("sub").mkdir()
    Path("sub/copy.txt").write_text(text)
    Path("sub/new.txt").write_text(os.urandom(6).hex())
    code, out, err = shell.run("associate", "sub", "-r")
    assert (code, out) == (0, f"{id}.1\tsub/copy.txt\n")
    assert err == "[WARNING] WARNING: The file sub/new.txt is not available in Synapse\n"
    code, _, err = shell.run("associate", "sub")
    assert code == 1
    assert "associate -r" in err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["get", "syn999999999"], "does not exist"),
        (["get", "no-such-file"], "neither a local file path nor"),
        (["get"], "Missing expected id argument"),
        (["get", "-r", "syn1"], "not in this release yet"),
        (["store", "--parentid", "syn1", "no-such-file"], "no file no-such-file"),
        (["store", "--parentid", "syn1"], "needs a FILE"),
        (["store", "x", "--type", "Sofa"], "not Sofa"),
        (["create", "Sofa", "--name", "x"], "not a Sofa"),
        (["create", "Folder", "--name", "x"], "--parentid"),
        (["set-annotations", "--id", "syn1", "--annotations", "{"], "JSON object"),
        (["set-annotations", "--id", "syn1", "--annotations", "[]"], "JSON object"),
        (["query", "select", "*"], "synapse query is not in this release yet."),
        (["migrate", "--whatever"], "not in this release yet"),
    ],
)
def test_failures_are_one_line(shell: Shell, words: list[str], text: str) -> None:
    code, out, err = shell.run(*words)
    assert code == 1
    assert out == ""
    assert text in err
    assert len(err.strip().splitlines()) == 1


def test_debug_shows_the_traceback(shell: Shell) -> None:
    with pytest.raises(Exception, match="does not exist"):
        main(["-u", shell.user.name, "-p", PASSWORD, "--debug", "get", "syn999999999"])


def test_login_and_config(shell: Shell) -> None:
    out = shell.ok("login")
    assert (
        out == f"Welcome, {shell.user.name}!\n\nLogged in as: {shell.user.name} ({shell.user.id})\n"
    )
    assert shell.user.token is not None
    code, _, err = shell.run("login", "-u", shell.user.name, "-p", "wrong", login=False)
    assert (code, "synapse config" in err) == (1, True)
    code, _, err = shell.run("login", login=False)
    assert (code, "SYNAPSE_AUTH_TOKEN" in err) == (1, True)
    token = shell.user.post("/auth/v1/personalAccessToken", {"scope": ["view", "download"]}, 200)[
        "token"
    ]
    code, out, _ = shell.run("-p", token, "config", login=False)
    assert code == 0
    assert "Wrote [default] to" in out
    assert "The old file is saved as" in out
    code, out, _ = shell.run("login", login=False)
    assert f"Welcome, {shell.user.name}! You are using the 'default' profile." in out
    assert (
        shell.run("login", "-u", shell.user.name, "-p", token, "--rememberMe", login=False)[0] == 0
    )


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "Synapse Client 4.14.0+open.1\n"
    assert main([]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: synapse [-h] [--version]")
    assert "{" + SEED_COMMANDS + "," in "".join(out.split())
    for name in commands.COMMANDS:
        with pytest.raises(SystemExit) as end:
            build_parser().parse_args([name, "-h"])
        assert end.value.code == 0
        assert f"usage: synapse {name}" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main(["no-such-command"])
    assert end.value.code == 2


def test_in_process_as_scripts_do_it(
    alice: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    syn = alice.client(tmp_path)
    syn.silent = False
    project = alice.project(name=f"in process {alice.id}")
    args = build_parser().parse_args(["show", project["id"]])
    perform_main(args, syn)
    captured = capsys.readouterr()
    assert f"Project: in process {alice.id}" in captured.out
    assert "No Activity specified." in captured.err


def test_encoding(shell: Shell) -> None:
    code, out, _ = shell.run("test-encoding", login=False)
    assert code == 0
    assert len(out.splitlines()) == 8
    assert "Déjà vu" in out


def test_onweb(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    shell.ok("onweb", "syn1")
    assert opened == [f"{shell.user.server.url}/Synapse:syn1"]


def test_on_a_terminal_a_line_shows_the_progress(shell: Shell, project: str, alice: User) -> None:
    id = store(shell, project, "matrix.tsv", "x" * 7266)
    fresh = {**os.environ, "HOME": str(shell.folder / "fresh")}
    child, terminal = pty.fork()
    if child == 0:
        os.execve(
            SYNAPSE,
            [SYNAPSE, "-u", alice.name, "-p", PASSWORD, "get", id, "--downloadLocation", "tty"],
            fresh,
        )
    seen = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    text = seen.decode()
    assert re.search(
        r"\rDownloading  \[#{20}\]100\.00%   7\.1kB/7\.1kB \(\S+/s\) matrix\.tsv Done\.\.\.\r\n",
        text,
    ), text
    assert "Downloaded file: matrix.tsv\r\n" in text


def test_a_closed_pipe_is_no_error(shell: Shell, project: str) -> None:
    id = store(shell, project, "long.txt", "line\n" * 200_000)
    command = f"{SYNAPSE} -u {shell.user.name} -p '{PASSWORD}' cat {id} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("line\n", "")


def test_every_option_of_the_official_command(shell: Shell) -> None:
    """Scripts use abbreviations; each of these must be understood."""
    build: Any = build_parser()
    for line in (
        "get --downloadLoc x syn1",
        "get --follow syn1",
        "store f --parentId syn1 --noForce",
        "store f --parentid syn1 --limitSearch syn2 --used a b --executed c",
        "list -r -l -m syn1",
        "set-annotations --id syn1 --annotations {} -r",
        "cat syn1 -v 2",
        "delete syn1 --version 2",
        "-s --debug get syn1",
        "--silent -c f get syn1",
        "-r work get syn1",
        "get syn1 --manifest root",
    ):
        assert build.parse_args(line.split()).command
