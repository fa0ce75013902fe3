"""Install the client from this checkout for all users of a cluster: ``make install-hpc``.

    PREFIX/<version>/                       the client, in an environment of its own
    PREFIX/modulefiles/synapseclient/       its module files, Tcl and Lua, and which is the default

A version is built beside and renamed into place when it is whole, and never touched again: jobs
that run it are safe. Needs Python 3.11 or later and the package index, nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import uuid
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).resolve().parent
PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=?&~-]+")
"""What needs no quotes in Tcl, Lua, a shebang line or a shell."""
NAME = re.compile(r"[0-9][A-Za-z0-9_.-]*")
"""A version as modules take it: what follows a plus sign is a variant to Environment Modules."""
LAUNCHER = """\
#!{python} -I
import sys

from synapseclient.__main__ import main

sys.exit(main())
"""
"""``-I``: a PYTHONPATH or a package in the home directory of a user cannot break the command."""


def main() -> None:
    """Install, and say what is there."""
    args = _arguments()
    os.umask(0o022)  # an administrator's own may hide what is made from all others
    version = args.version
    fingerprint = _fingerprint(args.extras)
    home = args.prefix / version
    if (noted := _noted(home)) is None:
        _build(home, args.extras, fingerprint)
        print(f"Installed synapseclient {version} in {home}")
    elif noted == fingerprint:
        print(f"synapseclient {version} is in {home} already")
    else:
        raise SystemExit(
            f"{home} was made from other sources, with other extras or by another Python. Jobs may"
            f" be running it: it stays as it is. Install beside it with VERSION={version}-2, or"
            " remove it first."
        )
    modules = args.prefix / "modulefiles"
    _write_modules(modules / "synapseclient", home, args.setenv)
    chosen = _choose_default(modules / "synapseclient" / ".version", version, args.default)
    print(f"The default is {chosen}" + ("" if chosen == version else "; DEFAULT=yes changes it"))
    print(f"Users need, once in a session: module use {modules}")
    for line in _closed(home):
        print(line, file=sys.stderr)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--prefix", type=Path, required=True, help="a folder that all nodes see")
    parser.add_argument("--version", help="name of the installation [default: the version]")
    parser.add_argument("--extras", default="", help="extras to install, too: pandas,boto3")
    parser.add_argument(
        "--setenv", default="", help="what the module files set besides: 'NAME=VALUE NAME=VALUE'"
    )
    parser.add_argument("--default", action="store_true", help="make this version the default")
    args = parser.parse_args()
    args.prefix = args.prefix.expanduser().absolute()
    args.setenv = dict(_pairs(parser, args.setenv))
    args.version = args.version or _version().replace("+", "-")
    if not NAME.fullmatch(args.version):
        parser.error(
            f"a version begins with a digit and has letters, digits, dots, _ and -, not"
            f" {args.version!r}"
        )
    for name, value in {"PREFIX": str(args.prefix), **args.setenv}.items():
        if not PLAIN.fullmatch(value):
            parser.error(f"{name} has a letter that modules or shells read otherwise: {value!r}")
    if len(str(args.prefix)) > 80:
        parser.error(f"{args.prefix} is too long: the first line of a script has 127 letters")
    return args


def _pairs(parser: argparse.ArgumentParser, text: str) -> Iterator[tuple[str, str]]:
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            parser.error(f"--setenv takes NAME=VALUE, not {word!r}")
        yield name, value


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _fingerprint(extras: str) -> str:
    """What is installed, in one word: the sources, the extras and the Python."""
    python = f"{sys.base_prefix} {sys.version_info[:2]}"
    found = hashlib.sha256(f"{extras} {python}".encode())
    sources = (path for path in (ROOT / "src").rglob("*") if "__pycache__" not in path.parts)
    for path in sorted([ROOT / "pyproject.toml", *sources]):
        if path.is_file():
            found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _noted(home: Path) -> str | None:
    """The fingerprint of what is installed there; None if nothing is."""
    if not home.exists():
        return None
    try:
        return (home / ".installed").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _build(home: Path, extras: str, fingerprint: str) -> None:
    """Make an environment beside, and rename it when it is whole."""
    beside = home.with_name(f".{home.name}.{uuid.uuid4().hex}")
    beside.parent.mkdir(parents=True, exist_ok=True)
    try:
        _fill(beside, f"{ROOT}[{extras}]" if extras else str(ROOT))
        _thin(beside)
        (beside / "bin" / "synapse").write_text(LAUNCHER.format(python=home / "bin" / "python"))
        (beside / "bin" / "synapse").chmod(0o755)
        (beside / ".installed").write_text(fingerprint + "\n", encoding="ascii")
        try:
            beside.rename(home)
        except OSError:
            raise SystemExit(f"{home} was made by somebody else just now: try again.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fill(beside: Path, what: str) -> None:
    try:
        venv.create(beside, symlinks=True, with_pip=True)
    except subprocess.CalledProcessError:
        raise SystemExit(
            f"{sys.executable} cannot make environments. On Debian and Ubuntu: apt install"
            " python3-venv. Or give another Python: make install-hpc PYTHON=…"
        ) from None
    python = str(beside / "bin" / "python")
    pip = [python, "-Im", "pip", "--disable-pip-version-check", "--quiet"]
    _do(*pip, "install", "--no-compile", "--no-warn-script-location", what)
    _do(*pip, "uninstall", "--yes", "pip", *_installed(beside, "setuptools"))
    # Never compared with the time of the source, which copies to another place may change.
    compile_all = ["compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    _do(python, "-Im", *compile_all, str(_site(beside)))


def _do(*command: str) -> None:
    # A client needs no pages of a server, nor what they are built with.
    environment = os.environ | {"SYNAPSE_WITHOUT_WEB": "1"}
    if subprocess.run(command, check=False, env=environment).returncode:
        raise SystemExit(f"This failed; nothing was installed: {' '.join(command)}")


def _site(home: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(home)}))


def _installed(home: Path, name: str) -> list[str]:
    return [name] if (_site(home) / name).is_dir() else []


def _thin(beside: Path) -> None:
    """Leave what a user is to find on the PATH, and nothing that is read at every start."""
    for path in (beside / "bin").iterdir():
        if not path.name.startswith("python"):
            path.unlink()
        elif os.path.isabs(target := os.readlink(path)):
            # /usr/bin/python3 is another Python after the next upgrade of the system.
            path.unlink()
            path.symlink_to(os.path.realpath(target))
    for path in _site(beside).glob("*.pth"):
        path.unlink()
    shutil.rmtree(beside / "include", ignore_errors=True)


def _write_modules(folder: Path, home: Path, setenv: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, line in (("", "setenv {} {{{}}}\n"), (".lua", 'setenv("{}", "{}")\n')):
        text = (TEMPLATES / f"modulefile{suffix or '.tcl'}").read_text(encoding="utf-8")
        more = "".join(line.format(name, value) for name, value in setenv.items())
        for name, value in {"VERSION": home.name, "HOME": str(home)}.items():
            text = text.replace(f"@{name}@", value)
        _replace(folder / (home.name + suffix), text.replace("@SETENV@\n", more))


def _choose_default(file: Path, version: str, wanted: bool) -> str:
    """Note which version is loaded when none is named: the first one, until another is chosen."""
    if not wanted and file.exists():
        found = re.search(r'ModulesVersion "(.+)"', file.read_text(encoding="utf-8"))
        if found and (file.parent / found[1]).exists():
            return found[1]
    _replace(file, f'#%Module1.0\nset ModulesVersion "{version}"\n')
    return version


def _replace(path: Path, text: str) -> None:
    """Write a file that others may be reading."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _closed(home: Path) -> Iterator[str]:
    """Folders that keep other users out, of the installation and of the Python it runs on."""
    python = Path(os.path.realpath(sys.executable))
    for what, path in (("installation", home), ("Python", python)):
        for folder in (path, *path.parents):
            if not folder.stat().st_mode & 0o001:
                yield f"Others cannot use this {what}: {folder} is closed to them."
                if what == "Python":
                    yield "Give one that all nodes and users have: make install-hpc PYTHON=…"
                break


if __name__ == "__main__":
    main()
