"""The first session with a Synapse of one's own, run for real: what ``make demo`` shows.

Starts the embedded server on a free port with the demonstration data, makes a user, and then
types what a newcomer would type. Everything lies in ``.demo`` and is kept for the next run.
"""

from __future__ import annotations

import contextlib
import os
import pty
import secrets
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".demo"
DATA = HOME / "server"
WORK = HOME / "work"
BIN = Path(sys.executable).parent
SERVER = str(BIN / "synapse-server")
SYNAPSE = str(BIN / "synapse")
USER = "newcomer"

SESSION = """
import synapseclient

syn = synapseclient.login(email="{user}", password="{password}")
entity = syn.get("syn1899498")
print(entity)
entity = syn.get("syn1899498", downloadLocation="syn1899498_folder")
"""

STORE = """
import synapseclient
from synapseclient import Activity, File, Folder, Project

syn = synapseclient.login(email="{user}", password="{password}", silent=True)
project = syn.store(Project(name="My first project"))
results = syn.store(Folder(name="results", parent=project))
with open("row_sums.txt", "w") as out:
    for line in open(syn.get("syn1899498").path):
        print(sum(float(cell) for cell in line.split()), file=out)

sums = syn.store(
    File("row_sums.txt", parent=results, annotations={{"measure": "sum", "rows": 100}}),
    activity=Activity("Sum the rows", used=["syn1899498"], executed=["https://docs.python.org/3/"]),
)
print("Stored", sums.id, "version", sums.versionNumber)

back = syn.get(sums.id, downloadLocation="back")
print("Got it back:", back.path, back.annotations)
print("Made from:", [used["reference"]["targetId"] for used in syn.getProvenance(sums)["used"][:1]])
"""


def say(text: str) -> None:
    """A line between the commands."""
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def typed(command: list[str], shown: str, environment: dict[str, str]) -> None:
    """Run a command on a terminal of its own, as a person would see it.

    Raises:
        SystemExit: It failed.
    """
    print(f"$ {shown}", flush=True)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(WORK)
        os.execve(command[0], command, environment)
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # the other side has gone
            break
        if not data:
            break
        os.write(1, data.replace(b"\r\n", b"\n"))
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise SystemExit(f"{shown} ended with {code}")


def serve() -> tuple[subprocess.Popen[str], str]:
    """Start the server; its address."""
    environment = {**os.environ, "SYNAPSE_SERVER_LOG_LEVEL": "WARNING"}
    server = subprocess.Popen(
        [SERVER, "serve", "--data", str(DATA), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert server.stdout is not None
    for line in server.stdout:
        print(line, end="", flush=True)
        if "ready at" in line:
            return server, line.split()[-1]
    raise SystemExit("The server did not start.")


def add_user() -> str:
    """Make the user, the first time; their password."""
    kept = HOME / "password"
    if not kept.exists():
        password = secrets.token_hex(8) + "-7a"  # it stands on command lines: no dash comes first
        subprocess.run(
            [SERVER, "user", "add", USER, "--password-stdin", "--data", str(DATA)],
            input=password + "\n",
            text=True,
            check=True,
        )
        kept.touch(0o600)
        kept.write_text(password)
    return kept.read_text()


def main() -> None:
    """The whole session."""
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "python").mkdir(parents=True)
    say("A Synapse of your own, with some data in it")
    subprocess.run([SERVER, "demo", "load", "--data", str(DATA)], check=True)
    server, address = serve()
    try:
        password = add_user()
        environment = {
            **os.environ,
            "HOME": str(WORK),
            "SYNAPSE_ENDPOINT": address,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        }
        environment.pop("SYNAPSE_AUTH_TOKEN", None)
        say("Download a file")
        typed(
            [SYNAPSE, "-u", USER, "-p", password, "get", "syn1899498"],
            f"synapse -u {USER} -p <your_synapse_password> get syn1899498",
            environment,
        )
        for title, script in (
            ("The same in Python", SESSION),
            ("Store a result, with annotations and provenance, and get it back", STORE),
        ):
            say(title)
            code = script.format(user=USER, password=password)
            shown = textwrap.indent(script.format(user=USER, password="…").strip(), "  ")
            print(shown, flush=True)
            # A home of its own: the file comes from the server again, into a fresh cache.
            fresh = {**environment, "HOME": str(WORK / "python")}
            typed([sys.executable, "-c", code], "python", fresh)
        say("Look around")
        typed(
            [SYNAPSE, "-u", USER, "-p", password, "list", "syn1899494"],
            f"synapse -u {USER} -p <your_synapse_password> list syn1899494",
            environment,
        )
        say("Ask a table")
        query = "SELECT tissue, count(*) FROM syn1899500 GROUP BY tissue"
        typed(
            [SYNAPSE, "-u", USER, "-p", password, "query", query],
            f'synapse -u {USER} -p <your_synapse_password> query "{query}"',
            environment,
        )
        say("See it in a browser: wiki, files, a table with facets, a notebook, provenance")
        print(f"Sign in as {USER} with the password {password} at")
        if sys.stdin.isatty() and sys.stdout.isatty():
            print(f"  {address}/Synapse:syn1899494")
            print(
                "until you press Ctrl-C here; later at http://127.0.0.1:8080/Synapse:syn1899494 after"
            )
            print(f"  {SERVER} serve --data {DATA}", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                server.wait()
        else:
            print("  http://127.0.0.1:8080/Synapse:syn1899494\nafter")
            print(f"  {SERVER} serve --data {DATA}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


if __name__ == "__main__":
    main()
