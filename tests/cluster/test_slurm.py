"""The job scripts of ``deploy/hpc/jobs``, given to a real Slurm as a user would."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.cluster.conftest import JOBS, Account, Site, absent
from tests.cluster.terminal import Terminal

from synapse_server.demo import matrix
from synapseclient import File

pytestmark = pytest.mark.xdist_group("cluster")  # they share an installation
TASKS = int(os.environ.get("SYNAPSE_PROOF_TASKS", "40"))
FILES = 20


class Cluster:
    """A user's folder with the job scripts, and ``sbatch``."""

    def __init__(self, account: Account, variables: dict[str, str]) -> None:
        self.account = account
        self.environment = {**account.environment, **variables}
        self.folder = account.home / "work"
        shutil.copytree(JOBS, self.folder)

    def submit(self, *words: str) -> tuple[int, str]:
        """Submit and wait; the greatest exit code, and what all tasks printed."""
        done = subprocess.run(
            ["sbatch", "--wait", *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert "Submitted batch job" in done.stdout, done.stderr
        printed = "".join(path.read_text() for path in sorted(self.folder.glob("*.out")))
        return done.returncode, printed


@pytest.fixture
def cluster(slurm: dict[str, str], account: Account) -> Cluster:
    """A user of the cluster, in a folder of their own."""
    if not Path("/etc/profile.d/modules.sh").exists():
        absent("login shells have no command `module`: environment-modules is not installed")
    return Cluster(account, slurm)


def test_an_interactive_session(cluster: Cluster) -> None:
    command = ["./interactive.sh", "--time=5"]
    with Terminal(command, cluster.environment, cluster.folder) as shell:
        assert shell.type("echo $SLURM_JOB_NAME") == "synapse"
        assert "[+] Loading synapseclient  " in shell.type("module load synapseclient")
        shell.type("export SYNAPSE_AUTH_TOKEN_FILE=~/.synapse-token")
        got = shell.type("synapse get syn1899498")
        assert "Downloaded file: matrix_100_by_4.tsv" in got
        assert (cluster.folder / "matrix_100_by_4.tsv").read_bytes() == matrix()
        assert shell.end("exit")[0] == 0


def test_a_job(cluster: Cluster) -> None:
    alice = cluster.account.user
    project = alice.project(name="job")["id"]
    code, printed = cluster.submit("job.sbatch", "syn1899498", project)
    assert code == 0, printed
    (child,) = alice.client(cluster.account.home).getChildren(project)
    assert child["name"] == "counts of syn1899498"
    used = alice.client(cluster.account.home).getProvenance(child["id"])["used"]
    assert [each["reference"]["targetId"] for each in used] == ["syn1899498"]


def test_a_swarm(cluster: Cluster) -> None:
    count = subprocess.run(
        "grep -c '^[^#]' files.swarm", shell=True, cwd=cluster.folder, capture_output=True
    )
    array = f"--array=1-{int(count.stdout)}"
    code, printed = cluster.submit(array, "swarm.sbatch", "files.swarm")
    assert code == 0, printed
    assert (cluster.folder / "data" / "matrix_100_by_4.tsv").read_bytes() == matrix()
    assert json.loads((cluster.folder / "annotations.json").read_text()) == {}
    assert json.loads((cluster.folder / "provenance.json").read_text())["used"]


def test_a_token_that_others_can_read_ends_the_job(cluster: Cluster) -> None:
    (cluster.account.home / ".synapse-token").chmod(0o640)
    code, printed = cluster.submit("job.sbatch", "syn1899498", "syn1899494")
    assert code != 0
    assert f"chmod 600 {cluster.account.home}/.synapse-token" in printed
    assert str(cluster.account.user.token) not in printed


@pytest.mark.proof
def test_an_array_with_one_cache(
    cluster: Cluster, site: Site, record_property: pytest.RecordProperty
) -> None:
    alice = cluster.account.user
    syn = alice.client(cluster.account.home / "outside")
    project = alice.project(name="array")["id"]
    source = alice.folder(project, "inputs")["id"]
    target = alice.folder(project, "results")["id"]
    bytes_of = random.Random(20)
    contents = {}
    inputs = cluster.account.home / "inputs"
    inputs.mkdir()
    for number in range(FILES):
        path = inputs / f"input-{number:02}.bin"
        path.write_bytes(bytes_of.randbytes(bytes_of.randrange(100_000, 300_000)))
        stored = syn.store(File(str(path), parent=source))
        contents[stored.id] = stored.dataFileHandleId, path.read_bytes(), path.name
    (cluster.folder / "inputs.txt").write_text("\n".join(contents))
    cache = cluster.account.home / "shared-cache"
    site.relay.fetched.clear()

    array = f"--array=1-{TASKS}"
    code, printed = cluster.submit(array, "array.sbatch", "inputs.txt", target, str(cache))

    assert code == 0, printed
    fetched = sum(site.relay.fetched.values())
    record_property("downloads", fetched)
    print(f"{TASKS} tasks that wanted {FILES} files each made {fetched} downloads")
    assert len(site.relay.fetched) == FILES
    # One task fetches a file and the others wait for it. A few more: a busy machine may keep a
    # task from showing for half a minute that it is still at it.
    assert fetched <= FILES + 3

    lines = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for _, data, name in contents.values()
    )
    results = {child["name"]: child["id"] for child in syn.getChildren(target)}
    assert set(results) == {f"result-{task}.txt" for task in range(1, TASKS + 1)}

    def check(task: int) -> None:
        entity = syn.get(results[f"result-{task}.txt"])
        assert Path(entity.path).read_text() == f"task {task}\n{lines}"
        assert entity.versionNumber == 1
        activity = syn.getProvenance(entity)
        assert activity["name"] == f"Array task {task}"
        used = {each["reference"]["targetId"] for each in activity["used"]}
        assert used == set(contents)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(check, range(1, TASKS + 1)))

    for handle, data, name in contents.values():
        folder = cache / str(int(handle) % 1000) / handle
        assert {path.name for path in folder.iterdir()} == {".cacheMap", name}
        assert (folder / name).read_bytes() == data
        assert list(json.loads((folder / ".cacheMap").read_text())) == [str(folder / name)]
