"""The commands as they are typed: what they print, where, and how they end."""

from __future__ import annotations

import json
import os
import platform
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
from synapseclient.core.advice import explain
from synapseclient.core.config import CONFIG_FILE
from synapseclient.core.exceptions import SynapseAuthenticationError, SynapseHTTPError
from synapseclient.core.transport import Answer

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


def test_store_with_everything(shell: Shell, project: str, alice: User) -> None:
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
    assert alice.get(f"/entity/{id}/wiki")["markdown"] == "from a file"
    assert "annotations:\n  n=[1]\n  s=['x']\n" in shown
    assert "Provenance:\n" in shown
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
        (["get", "-q", "select"], "The query has no table"),
        (["get", "-q", "select id from syn1", "syn1"], "an id or a version with a query"),
        (["store", "--parentid", "syn1", "no-such-file"], "no file no-such-file"),
        (["store", "--parentid", "syn1"], "needs a FILE"),
        (["store", "x", "--type", "Sofa"], "not Sofa"),
        (["create", "Sofa", "--name", "x"], "not a Sofa"),
        (["create", "Folder", "--name", "x"], "--parentid"),
        (["set-annotations", "--id", "syn1", "--annotations", "{"], "JSON object"),
        (["set-annotations", "--id", "syn1", "--annotations", "[]"], "synapse: --annotations must"),
        (["store", "--parentid", "syn1", "--file", "a", "b"], "only specify one file"),
        (["store", "--parentid", "syn1", "."], ". is a folder"),
        (["get", "syn1", "--downloadLocation", "/dev/null/.."], "does not exist"),
        (["query", "select * from syn999999999"], "syn999999999"),
        (["store-table", "--name", "x"], "store-table needs --csv."),
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
        out = capsys.readouterr().out
        assert f"usage: synapse {name}" in out
        if name in commands._MODULES:
            assert f"synapse {name}" in out.partition("\nexample")[2], f"{name} has no example"
    with pytest.raises(SystemExit) as end:
        main(["no-such-command"])
    assert end.value.code == 2


def test_help_imports_little() -> None:
    code = (
        "import sys, atexit; before = set(sys.modules);"  # coverage may be there already
        "from synapseclient.__main__ import main;"
        "atexit.register(lambda: print('\\n' + ' '.join(set(sys.modules) - before))); main(['-h'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded & {"asyncio", "configparser", "json", "logging", "msgspec", "pathlib"} == set()


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
    perform_main(build_parser().parse_args([]), syn)
    assert capsys.readouterr().out.startswith("usage: synapse")
    with pytest.raises(SystemExit) as end:
        perform_main(build_parser().parse_args(["show", "syn999999999"]), syn)
    assert end.value.code == 1
    assert "does not exist" in capsys.readouterr().err
    syn.logout()
    words = ["-u", alice.name, "-p", PASSWORD, "show", project["id"]]
    perform_main(build_parser().parse_args(words), syn)
    assert syn.username == alice.name


def test_encoding(shell: Shell) -> None:
    code, out, _ = shell.run("test-encoding", login=False)
    assert code == 0
    lines = out.splitlines()
    assert len(lines) == 8
    assert lines[0] == f"python version =                {platform.python_version()}"
    assert lines[6] == "latin1 chars =                 Déjà vu, ümløúts"
    assert lines[7].startswith("Some non-ascii chars =         'ȧƈƈḗƞŧḗḓ u")


def test_onweb(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    shell.ok("onweb", "syn1")
    assert opened == [f"{shell.user.server.url}/Synapse:syn1"]


def on_terminal(shell: Shell, *words: str, answers: tuple[str, ...] = ()) -> tuple[int, str]:
    """The exit code and all that a person sees who types these words and answers."""
    fresh = {**os.environ, "HOME": str(shell.folder / "fresh")}
    child, terminal = pty.fork()
    if child == 0:
        os.execve(SYNAPSE, [SYNAPSE, *words], fresh)
    left = list(answers)
    seen = b""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
        if left and seen.endswith(b": "):
            os.write(terminal, left.pop(0).encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()


def test_on_a_terminal_a_line_shows_the_progress(shell: Shell, project: str, alice: User) -> None:
    id = store(shell, project, "matrix.tsv", "x" * 7266)
    code, text = on_terminal(
        shell, "-u", alice.name, "-p", PASSWORD, "get", id, "--downloadLocation", "tty"
    )
    assert code == 0
    assert re.search(
        r"\rDownloading  \[#{20}\]100\.00%   7\.1kB/7\.1kB \(\S+/s\) matrix\.tsv Done\.\.\.\r\n",
        text,
    ), text
    assert "Downloaded file: matrix.tsv\r\n" in text


def test_a_terminal_is_asked_for_credentials(shell: Shell, project: str) -> None:
    store(shell, project)
    code, text = on_terminal(shell, "list", project, answers=(shell.user.name, PASSWORD))
    assert (code, "data.tsv\r\n" in text) == (0, True), text
    code, text = on_terminal(shell, "-u", shell.user.name, "list", project, answers=(PASSWORD,))
    assert (code, "username" in text, "data.tsv\r\n" in text) == (0, False, True), text
    code, text = on_terminal(shell, "list", project, answers=("\x04",))
    assert (code, "Traceback" in text) == (1, False)


def test_a_password_is_not_written_down(shell: Shell) -> None:
    name, config = shell.user.name, str(shell.folder / "config")
    answers = (name, PASSWORD, "work")
    code, text = on_terminal(shell, "-c", config, "config", answers=answers)
    assert (code, "Wrote [profile work] to" in text) == (0, True), text
    assert shell.run("login", "-u", name, "-p", PASSWORD, "--rememberMe", login=False)[0] == 0
    written = Path(config).read_text()
    assert PASSWORD not in written
    assert written.count("authtoken = eyJ") == 2
    for words in (["list", "syn1"], ["-r", "work", "list", "syn1"]):
        code, _, err = shell.run(*words, login=False)
        assert (code, err) == (1, "synapse: Resource: 'syn1' does not exist\n")


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
        "--otel console get syn1",
    ):
        assert build.parse_args(line.split()).command


def test_show_tells_the_version_asked_for(shell: Shell, project: str) -> None:
    id = store(shell, project, "a.txt", "one", "--used", "https://one.example")
    store(shell, project, "a.txt", "two", "--used", "https://two.example")
    assert "one.example" in shell.ok("show", f"{id}.1")
    assert "two.example" in shell.ok("show", id)


def test_what_cannot_be_fetched(shell: Shell, project: str) -> None:
    id = shell.ok("store", "s3://bucket/y.bin", "--parentid", project).split()[2]
    out = shell.ok("get", id)
    assert out.startswith(f"WARNING: No files associated with entity {id}\n\nFile: y.bin ({id})\n")
    assert "Creating" not in out
    code, out, _ = shell.run("cat", id)
    assert (code, out) == (1, "")


def test_descriptions_become_wikis(shell: Shell, project: str, alice: User) -> None:
    assert alice.get(f"/entity/{project}/wiki")["markdown"] == "d"
    for text in ("first", "second"):
        words = ("--name", "f", "--parentid", project, "--description", text)
        id = shell.ok("create", "Folder", *words).split()[2]
        assert alice.get(f"/entity/{id}/wiki")["markdown"] == text
    history = alice.get(
        f"/entity/{id}/wiki2/{alice.get(f'/entity/{id}/wikikey')['wikiPageId']}/wikihistory"
        "?offset=0&limit=10"
    )
    assert len(history["results"]) == 2  # the first is there to be restored
    bare = shell.ok("create", "Folder", "--name", "bare", "--parentid", project).split()[2]
    alice.get(f"/entity/{bare}/wiki", 404)
    id = store(shell, project, "noted.txt", "x", "--description", "of the file")
    assert alice.get(f"/entity/{id}/wiki")["markdown"] == "of the file"
    for command in (
        ("create", "Folder", "--name", "never", "--parentid", project),
        ("store", "noted.txt", "--parentid", project, "--name", "never"),
    ):
        code, _, err = shell.run(*command, "--descriptionFile", "missing.md")
        assert (code, "missing.md" in err) == (1, True)
    names = [
        each["name"]
        for each in alice.post(
            "/entity/children", {"parentId": project, "includeTypes": ["file", "folder"]}, 200
        )["page"]
    ]
    assert sorted(names) == ["bare", "f", "noted.txt"]


def test_copies_say_what_became_of_wikis(shell: Shell, project: str, alice: User) -> None:
    folder = shell.ok(
        "create", "Folder", "--name", "f", "--parentid", project, "--description", "see it"
    ).split()[2]
    other = alice.project()["id"]
    page = alice.get(f"/entity/{folder}/wiki")["id"]
    out = shell.ok("cp", folder, "--destinationId", other)
    copy = re.search(rf"Copied {folder} to (syn\d+)", out)
    assert copy is not None
    new = alice.get(f"/entity/{copy[1]}/wiki")
    assert new["markdown"] == "see it"
    assert f"Got wiki {page}\nStoring new Wikis\n\n\tStored: {new['id']}\n\n" in out
    third = alice.project()["id"]
    assert "Got wiki" not in shell.ok("cp", folder, "--destinationId", third, "--skipCopyWiki")


def test_silent_prints_nothing(shell: Shell, project: str) -> None:
    assert shell.ok("--silent", "get-annotations", "--id", project) == ""
    id = store(shell, project, "a.txt", "a", "--used", "syn1")
    assert shell.ok("--silent", "get-provenance", "--id", id) == ""


def test_mistakes_are_explained(
    shell: Shell, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = store(shell, project)
    folder = shell.ok("create", "Folder", "--name", "f", "--parentid", project).split()[2]
    code, _, err = shell.run("delete", id, "--version", "1.5")
    assert (code, "a version is a whole number, not '1.5'" in err) == (2, True)
    code, _, err = shell.run("store", "data.tsv", "--id", folder)
    assert (code, err) == (1, f"synapse: {folder} is a Folder: it takes no FILE.\n")
    code, _, err = shell.run("get", id, "--downloadLocation", "data.tsv")
    assert (code, "must be a folder: data.tsv is a file" in err) == (1, True)
    assert shell.ok("mv", "--id", f"{id}.1", "--parentid", folder) == f"Moved {id} to {folder}\n"

    def unreadable(path: str) -> str:
        raise PermissionError(13, "Permission denied", path)

    Path("sub").mkdir()
    Path("sub/a").write_text("a")
    monkeypatch.setattr("synapseclient.legacy.entities.md5_of_file", unreadable)
    code, _, err = shell.run("associate", "sub", "-r")
    assert (code, err) == (
        0,
        "[WARNING] WARNING: The file sub/a was not read: Permission denied\n",
    )


def test_a_missing_configuration_file_is_told(shell: Shell) -> None:
    words = ["-c", "no-file", "-u", shell.user.name, "-p", PASSWORD, "get-annotations"]
    assert main([*words, "--id", "syn1"]) == 1
    err = shell.capsys.readouterr().err
    assert err.startswith("[WARNING] There is no configuration file no-file\n")


def test_a_token_may_end_with_a_newline(shell: Shell) -> None:
    code, _, err = shell.run("-p", f"{shell.user.token}\r\n", "list", "syn1", login=False)
    assert (code, err) == (1, "synapse: Resource: 'syn1' does not exist\n")


def test_a_missing_scope(shell: Shell) -> None:
    asked = {"scope": ["view"], "name": "v"}
    token = shell.user.post("/auth/v1/personalAccessToken", asked, 200)["token"]
    words = ["-p", token, "create", "Project", "--name", "x"]
    code, _, err = shell.run(*words, login=False)
    told = err.endswith("modify. Make a token that has it, and log in with that.\n")
    assert (code, told) == (1, True), err


def answered(status: int, text: str) -> SynapseHTTPError:
    return SynapseHTTPError("said", response=Answer(status, {}, text.encode(), ""))


def test_advice() -> None:
    down = answered(503, json.dumps({"reason": "Out of order"}))
    hint = "Out of order. The server is down for the moment; try again later."
    assert explain(down) == hint
    wrapped = SynapseAuthenticationError("503")
    wrapped.__cause__ = down
    assert explain(wrapped) == hint
    assert explain(SynapseAuthenticationError("Not you")) == (
        "Not you. Check the user name and the token, or run: synapse config"
    )
    said = "You may not. Ask its owner."
    assert explain(answered(403, json.dumps({"reason": said}))) == said
    task = answered(403, json.dumps({"reason": "Not your task"}))
    assert explain(task).startswith("Not your task. Ask the owner")
    assert explain(json.JSONDecodeError("Expecting value", "", 0)).startswith("What answered is no")
    assert explain(ValueError("header: Bearer eyJhbGciOiJ.eyJzdWIi.sig-1_x is bad")) == (
        "header: Bearer eyJ… is bad"
    )
    lost = PermissionError(13, "Permission denied", "/x/data.tsv.synapse_download_12.34")
    assert explain(lost) == "Permission denied: /x/data.tsv"
    lost.filename = "/x/.data.tsv.0a1b2c3d4e5f.part"
    assert explain(lost) == "Permission denied: /x/data.tsv"
    assert explain(NotImplementedError("It comes later.")) == "It comes later."
    assert explain(KeyError("x")) == "KeyError: 'x' (run again with --debug to see where)"


def test_the_default_file_is_one() -> None:
    assert commands.CONFIG == CONFIG_FILE
