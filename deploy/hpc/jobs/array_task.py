"""What one task of array.sbatch does: get the inputs, work, store the result.

    array_task.py INPUTS TARGET

It may run again, as Slurm does after a failed node: the result is then stored once more under
the same name.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

from synapseclient import File, Synapse


def work(paths: list[str], task: str) -> str:
    """The work: put your own here."""
    lines = [f"task {task}"]
    for path in paths:
        lines.append(f"{hashlib.sha256(Path(path).read_bytes()).hexdigest()}  {Path(path).name}")
    return "\n".join(lines) + "\n"


def main(inputs: str, target: str) -> None:
    """One task."""
    task = os.environ["SLURM_ARRAY_TASK_ID"]
    ids = Path(inputs).read_text().split()
    syn = Synapse(silent=True)  # its cache is where SYNAPSE_CACHE says
    syn.login(silent=True)  # with the token that SYNAPSE_AUTH_TOKEN_FILE names
    paths = [syn.get(id).path for id in ids]  # fetched by the first task, found by the others
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / f"result-{task}.txt"
        result.write_text(work(paths, task))
        stored = syn.store(
            File(str(result), parent=target), used=ids, activityName=f"Array task {task}"
        )
    print(f"Stored {stored.name} as {stored.id}")


if __name__ == "__main__":
    main(*sys.argv[1:])
