"""How long until a command or an import is there, and how many files does it open?

``synapse --version`` and ``import synapseclient``, ours against the official 4.14.0, in turn.
On a cluster's shared file system every file opened is a round trip to a metadata server, and
thousands of jobs start at once. Goals: ≤ 0.25 of the time, ≤ 0.2 of the files.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import harness

_COUNT = """
import sys
opened = set()
def note(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        opened.add(arguments[0])
sys.addaudithook(note)
try:
    {work}
except SystemExit:
    pass
print(len(opened), file=sys.stderr)
"""
_IMPORT = "import synapseclient"
_VERSION = "sys.argv = ['synapse', '--version']; from synapseclient.__main__ import main; main()"


def files(python: str, work: str) -> int:
    """The files that Python code opens on top of a bare interpreter."""
    import subprocess

    ran = subprocess.run(
        [python, "-c", _COUNT.format(work=work)], capture_output=True, text=True, check=True
    )
    return int(ran.stderr.split()[-1])


def main() -> None:
    """Measure both, both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    ours, theirs = sys.executable, str(harness.OFFICIAL / "python")
    if not Path(theirs).exists():
        raise SystemExit("The official client is not installed; run: make install-official")
    commands = {
        "import synapseclient": (
            [[python, "-c", _IMPORT] for python in (ours, theirs)],
            _IMPORT,
        ),
        "synapse --version": (
            [[str(each / "synapse"), "--version"] for each in (harness.BIN, harness.OFFICIAL)],
            _VERSION,
        ),
    }
    for name, (both, work) in commands.items():
        one, two = harness.alternately(
            args.rounds, *(lambda command=command: harness.seconds_of(command) for command in both)
        )
        print(f"{name}: {one * 1000:.0f} ms, official {two * 1000:.0f} ms")
        harness.verdict(f"  {name}: time of ours over official", one / two, 0.25)
        opened = [files(python, work) for python in (ours, theirs)]
        print(f"{name}: {opened[0]} files, official {opened[1]}")
        harness.verdict(f"  {name}: files of ours over official", opened[0] / opened[1], 0.2)


if __name__ == "__main__":
    main()
