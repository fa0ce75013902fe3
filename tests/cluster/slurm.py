"""A Slurm cluster of one node, with munge, started here and gone afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.services import free_port

PROGRAMS = (
    "setpriv",
    "munged",
    "slurmctld",
    "slurmd",
    "sbatch",
    "srun",
    "sinfo",
    "squeue",
    "scancel",
)
SLOTS = 16
"""Tasks that run at once; more than this machine has processors, as tasks wait for the server."""

_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

_CONFIG = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,default_queue_depth=1000
NodeName={host} NodeAddr=127.0.0.1 CPUs={slots} RealMemory=65536 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=4:00:00 State=UP
"""


def missing() -> list[str]:
    """The programs that are not here."""
    return [name for name in PROGRAMS if shutil.which(name, path=_PATH) is None]


@contextlib.contextmanager
def slurm() -> Iterator[dict[str, str]]:
    """A cluster that takes jobs; the variables that its commands need."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o711)  # munge wants others to reach the socket
    (folder / "state").mkdir()
    (folder / "spool").mkdir()
    (folder / "munge.key").touch(0o600)
    (folder / "munge.key").write_bytes(os.urandom(128))
    user = pwd.getpwuid(os.getuid()).pw_name
    (folder / "slurm.conf").write_text(
        _CONFIG.format(
            host=socket.gethostname().partition(".")[0],
            user=user,
            folder=folder,
            controller_port=free_port(),
            node_port=free_port(),
            slots=SLOTS,
        )
    )
    variables = {"SLURM_CONF": str(folder / "slurm.conf")}
    munge = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    options = [f"--{option}={folder}/munge.{name}" for option, name in munge.items()]
    daemons = []
    try:
        for command in (
            ["munged", "--foreground", f"--key-file={folder}/munge.key", *options],
            ["slurmctld", "-D"],
            ["slurmd", "-D"],
        ):
            daemons.append(_start(command, folder, variables))
            if command[0] == "munged":
                _wait(lambda: (folder / "munge.socket").exists(), folder)
        _wait(lambda: _ask(variables, "sinfo", "--noheader", "--format=%T") == "idle", folder)
        yield variables
        _ask(variables, "scancel", "--user", user)
        _wait(lambda: _ask(variables, "squeue", "--noheader") == "", folder)
    finally:
        for daemon in reversed(daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _start(command: list[str], folder: Path, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    with (folder / f"{command[0]}.out").open("wb") as out:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *command],  # no test is so dead that they outlive it
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={"PATH": _PATH, **variables},
            start_new_session=True,
        )


def _ask(variables: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _wait(condition: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            said = "\n".join(path.read_text() for path in sorted(folder.glob("*.out")))
            raise AssertionError(f"the cluster neither starts nor ends:\n{said}")
        time.sleep(0.1)
