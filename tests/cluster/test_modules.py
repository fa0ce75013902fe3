"""``module load synapseclient``, in Environment Modules and in Lmod."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.cluster.conftest import SECOND, Account, Installed
from tests.cluster.terminal import Terminal
from tests.conftest import PASSWORD

from synapse_server.demo import matrix

pytestmark = pytest.mark.xdist_group("cluster")  # they share an installation
LINE = r"Downloading  \[#{20}\]100\.00%   7\.1kB/7\.1kB \(\S+/s\) matrix_100_by_4\.tsv Done\.\.\.\n"
"""How a terminal shows a download at its end."""


@pytest.fixture
def shell(modules: str, account: Account) -> Iterator[Terminal]:
    """A shell that knows the command ``module``."""
    command = ["bash", "--noprofile", "--norc", "-i"]
    with Terminal(command, account.environment, account.home) as found:
        found.type(modules)
        yield found


def test_the_session_of_a_user(shell: Terminal, account: Account, installed: Installed) -> None:
    user = account.user.name
    assert shell.type("module load synapseclient") == (
        f"[+] Loading synapseclient  {installed.version}"
    )
    assert shell.type("echo $SYNAPSE_HOME $SYNAPSE_BIN") == f"{installed.home} {installed.home}/bin"
    help = shell.type("synapse -h")
    assert help.startswith("usage: synapse [-h] [--version] [-u SYNAPSEUSER] [-p SYNAPSEPASSWORD]")
    assert "\nInterfaces with the Synapse repository.\n" in help
    assert f"[default: {account.home}/.synapseConfig]" in " ".join(help.split())
    assert re.search(r"\n +get +downloads a file from Synapse\n", help)
    assert re.search(r"\n +test-encoding +test character encoding to help diagnose problems", help)

    got = shell.type(f"synapse -u {user} -p {PASSWORD} get syn1899498")
    assert re.search(LINE, got), got
    assert "Downloaded file: matrix_100_by_4.tsv" in got
    assert (account.home / "matrix_100_by_4.tsv").read_bytes() == matrix()

    # While it is there, Python finds it instead of fetching it again, as the official client does.
    shell.type("rm matrix_100_by_4.tsv")
    assert shell.type("python").startswith("Python 3.")
    assert shell.type("import synapseclient") == ""
    login = f'syn = synapseclient.login(email = "{user}", password="{PASSWORD}")'
    assert shell.type(login) == f"Welcome, {user}!\n"
    got = shell.type("entity = syn.get('syn1899498')")
    assert re.search(LINE, got + "\n"), got
    cache = account.home / ".synapseCache" / "117" / "30117"
    shown = shell.type("print(entity)")
    assert shown.startswith("File: matrix_100_by_4.tsv (syn1899498)\n  md5=")
    for line in (
        "  fileSize=7266",
        "  contentType=text/tab-separated-values",
        "  externalURL=None",
        f"  cacheDir={cache}",
        "  files=['matrix_100_by_4.tsv']",
        f"  path={cache}/matrix_100_by_4.tsv",
        "  synapseStore=True",
        "properties:",
        "  concreteType=org.sagebionetworks.repo.model.FileEntity",
        "  createdBy=377358",
        "  dataFileHandleId=30117",
        "  id=syn1899498",
        "  name=matrix_100_by_4.tsv",
        "  parentId=syn1899495",
        "  versionLabel=1",
        "  versionNumber=1",
        "annotations:",
    ):
        assert line in shown.splitlines(), shown
    shell.type("""entity = syn.get('syn1899498', downloadLocation="syn1899498_folder")""")
    folder = account.home / "syn1899498_folder"
    assert (folder / "matrix_100_by_4.tsv").read_bytes() == matrix()
    shell.type("exit()")
    assert shell.end("exit")[0] == 0


def test_a_token_in_a_file(shell: Terminal, account: Account) -> None:
    shell.type("module load synapseclient")
    shell.type("export SYNAPSE_AUTH_TOKEN_FILE=~/.synapse-token")
    assert account.user.name in shell.type("synapse whoami")
    (account.home / ".synapse-token").chmod(0o644)
    said = shell.type("synapse whoami")
    assert f"Run: chmod 600 {account.home}/.synapse-token" in said
    assert account.user.token not in said


def test_versions_side_by_side(shell: Terminal, installed: Installed, modules: str) -> None:
    first = f"synapseclient/{installed.version}"
    second = f"synapseclient/{SECOND}"
    path = shell.type("echo $PATH")
    listed = shell.type("module avail 2>&1 | cat")
    assert re.search(rf"{re.escape(first)} ?\((D|default)\)", listed), listed
    assert second in listed
    assert "an interface to synapse" in shell.type("module whatis synapseclient 2>&1").lower()
    assert "SYNAPSE_BIN     executable directory" in shell.type(f"module help {first} 2>&1")

    shell.type(f"module load {second}")
    assert shell.type("command -v synapse") == f"{installed.prefix}/{SECOND}/bin/synapse"
    said = shell.type(f"module load {first}")
    here = shell.type("command -v synapse")
    if "lmod" in modules:  # it puts one version in the place of the other
        assert "reloaded with a version change" in said
        assert here == f"{installed.home}/bin/synapse"
        found = shell.type("module spider synapseclient 2>&1 | cat")
        assert first in found
        assert second in found
    else:  # it wants that said
        assert "conflict" in said
        assert here == f"{installed.prefix}/{SECOND}/bin/synapse"
        said = shell.type(f"module switch {first}")
        assert f"[-] Unloading synapseclient  {SECOND}" in said
        assert f"[+] Loading synapseclient  {installed.version}" in said
        assert shell.type("command -v synapse") == f"{installed.home}/bin/synapse"
    shell.type("module unload synapseclient")
    assert shell.type('echo "$PATH $SYNAPSE_HOME$SYNAPSE_BIN"') == path + " "
