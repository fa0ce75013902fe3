"""synapse completion, in the shells themselves. They are Debian's packages bash, zsh and fish."""

from __future__ import annotations

import os
import pty
import select
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from synapseclient.__main__ import build_parser, main
from synapseclient.cli.grammar import commands_of

_ENDLESS = 120


def of(shell: str) -> str:
    """The program of a shell."""
    found = shutil.which(shell)
    if found is None:
        text = f"{shell} is not installed: scripts/debian_packages.sh installs it"
        (pytest.fail if os.environ.get("SYNAPSE_REQUIRE_PACKAGES") else pytest.skip)(text)
    return found


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``synapse completion`` prints."""
    capsys.readouterr()
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    work = tmp_path / "work"
    (work / "data folder").mkdir(parents=True)
    (work / "data.csv").write_text("x")
    (work / "my file.tsv").write_text("x")
    monkeypatch.chdir(work)
    return work


def bash(text: str, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    quoted = " ".join(map(shlex.quote, words))
    code = f"""{text}
COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}
_synapse
printf '%s\\n' "${{COMPREPLY[@]}}" """
    out = subprocess.run([of("bash"), "--norc", "-c", code], capture_output=True, text=True)
    assert out.stderr == ""
    return out.stdout.split("\n")[:-1] if out.stdout.strip() else []


def test_bash(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    text = script("bash", capsys)
    for words, offered in (
        (["who"], ["whoami"]),
        (["--conf"], ["--configPath"]),
        (["-u", "get", "who"], ["whoami"]),
        (["get", "--m"], ["--multiThreaded", "--manifest"]),
        (["get", "syn1", "--manifest", ""], ["all", "root", "suppress"]),
        (["get", "--manifest", "=", "r"], ["root"]),
        (["get", "--manifest", "="], ["all", "root", "suppress"]),
        (["get", "--downloadLocation", "d"], ["data folder"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["cache", ""], ["info", "purge", "verify"]),
        (["cache", "purge", "--ol"], ["--older-than"]),
        (["-c", "whoami", "completion", "f"], ["fish"]),
        (["delete", "d"], []),
        (["store", "--parentid", ""], []),
    ):
        assert bash(text, "synapse", *words) == offered, words
    every = bash(text, "synapse", "")
    assert {"get", "store", "cp", "set-annotations", "doctor"} < set(every)
    assert len(every) == len(set(every)) == len(commands_of(build_parser())[0].commands)


def typed(command: list[str], home: Path, keys: list[tuple[str, str]]) -> str:
    """What a terminal shows when each text is typed as soon as the one before it is answered."""
    pid, terminal = pty.fork()
    if pid == 0:
        home.mkdir(exist_ok=True)
        environ = {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8"}
        os.execve(command[0], command, environ)
    shown = ""
    try:
        for expected, text in keys:
            start, deadline = len(shown), time.monotonic() + _ENDLESS
            while expected not in shown[start:]:
                assert time.monotonic() < deadline, f"no {expected!r} in {shown!r}"
                if select.select([terminal], [], [], 1)[0]:
                    shown += os.read(terminal, 65536).decode(errors="replace")
            os.write(terminal, text.encode())
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return shown


def test_bash_at_a_terminal(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "synapse.bash"
    path.write_text(
        f"PS1='ready> '\nsynapse() {{ printf '<%s>' \"$@\"; }}\n{script('bash', capsys)}"
    )
    typed(
        [of("bash"), "--rcfile", str(path), "--noprofile", "-i"],
        tmp_path / "home",
        [
            ("ready> ", "synapse whoa\t\n"),
            ("<whoami>", "synapse store my\t--type Fi\n"),
            ("<store><my file.tsv><--type><Fi>", "synapse get --downloadLocation d\t\n"),
            ("<get><--downloadLocation><data folder/>", "synapse sync da\t\t\t"),
            ("data.csv", "\x03exit\n"),
        ],
    )


def test_zsh_at_a_terminal(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    functions = home / "functions"
    functions.mkdir(parents=True)
    (functions / "_synapse").write_text(script("zsh", capsys))
    (home / ".zshrc").write_text(
        f"PS1='ready> '\nfpath=({functions} $fpath)\nautoload -U compinit && compinit -D\n"
        "synapse() { printf '<%s>' \"$@\" }\nunsetopt beep\nLISTMAX=1000\n"
    )
    typed(
        [of("zsh"), "-i"],
        home,
        [
            ("ready> ", "synapse whoa\t\n"),
            ("<whoami>", "synapse -u me get --manif\tro\t syn1\n"),
            ("<-u><me><get><--manifest><root><syn1>", "synapse store my\t\n"),
            ("<store><my file.tsv>", "synapse get --downloadLocation d\t\n"),
            ("<--downloadLocation><data folder>", "synapse get --limit\t"),
            ("--limitSearch", "\x03\n"),
            ("ready> ", "synapse \t"),
            ("uploads and adds a file to Synapse", "\x03exit\n"),
        ],
    )


def test_zsh_that_sources_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "synapse.zsh"
    path.write_text(script("zsh", capsys))
    code = f"autoload -U compinit && compinit -D; source {path}; print ${{_comps[synapse]}}"
    out = subprocess.run([of("zsh"), "-f", "-c", code], capture_output=True, text=True)
    assert (out.stdout, out.stderr) == ("_synapse\n", "")


def test_fish(capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "synapse.fish"
    path.write_text(script("fish", capsys))

    def fish(line: str) -> list[str]:
        out = subprocess.run(
            [of("fish"), "--no-config", "-c", f"source {path}; complete -C {shlex.quote(line)}"],
            capture_output=True,
            text=True,
            env={**os.environ, "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        )
        assert out.stderr == ""
        return [each.split("\t")[0] for each in out.stdout.splitlines()]

    for line, offered in (
        ("synapse who", ["whoami"]),
        ("synapse --conf", ["--configPath"]),
        ("synapse -u get who", ["whoami"]),
        ("synapse get --manif", ["--manifest"]),
        ("synapse get syn1 --manifest ", ["all", "root", "suppress"]),
        ("synapse get --downloadLocation d", ["data folder/"]),
        ("synapse completion ", ["bash", "fish", "zsh"]),
        ("synapse store my", ["my file.tsv"]),
        ("synapse store --descriptionFile my", ["my file.tsv"]),
        ("synapse delete d", []),
        ("synapse store --parentid d", []),
    ):
        assert sorted(fish(line)) == sorted(offered), line


def test_what_there_is_to_complete() -> None:
    top, *commands = commands_of(build_parser())
    assert [each.name for each in commands if " " not in each.name] == list(top.commands)
    assert "cache info" in [each.name for each in commands]
    get = next(command for command in commands if command.name == "get")
    kinds = {
        name: option.value.kind if option.value else None
        for option in get.options
        for name in option.names
    }
    assert kinds["--downloadLocation"] == "folders"
    assert kinds["--recursive"] is None
    assert kinds["--version"] == "nothing"
    assert [value.kind for value in get.positionals] == ["files"]
    store = next(command for command in commands if command.name == "store")
    assert "--file" not in {name for option in store.options for name in option.names}, "hidden"


def test_no_other_shell(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["completion", "csh"])
    assert ended.value.code == 2
    assert "invalid choice" in capsys.readouterr().err
