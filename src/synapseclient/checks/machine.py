"""This machine: Python, proxies, the cache, temporary files."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from synapseclient.checks import Finding, home, ok, problem, warning, without_password
from synapseclient.core.cache import CACHE_ROOT_DIR
from synapseclient.core.config import Config
from synapseclient.core.progress import human
from synapseclient.core.version import __version__

_OLDEST = (3, 11)
_LITTLE = 1 << 30
_HARDLY_ANY = 100 << 20
_FEW_FILES = 10_000
_SHARED = {
    "nfs": "NFS",
    "nfs4": "NFS",
    "lustre": "Lustre",
    "gpfs": "GPFS",
    "beegfs": "BeeGFS",
    "beegfs_nodev": "BeeGFS",
    "ceph": "CephFS",
    "fuse.ceph": "CephFS",
    "cifs": "SMB",
    "smb3": "SMB",
    "afs": "AFS",
    "panfs": "PanFS",
    "pvfs2": "OrangeFS",
    "wekafs": "WEKA",
    "fuse.sshfs": "SSHFS",
    "glusterfs": "GlusterFS",
    "fuse.glusterfs": "GlusterFS",
}
_IN_MEMORY = ("tmpfs", "ramfs")
_MOST_SKEW = 2.0


def check_python() -> Finding:
    """Which Python, and which client."""
    text = f"Python {platform.python_version()} on {platform.system()}; synapseclient {__version__}"
    if sys.version_info[:2] < _OLDEST:
        return problem("python", text, "Use Python 3.11 or later.")
    return ok("python", text)


def check_proxies(environ: Mapping[str, str], address: str) -> list[Finding]:
    """The proxies that the environment names, and whether the server is reached by one."""
    found = []
    lower = {name.lower(): value for name, value in environ.items() if value}
    named: dict[str, str] = {
        name: lower[name] for name in ("http_proxy", "https_proxy", "all_proxy") if name in lower
    }
    scheme, host = urlsplit(address).scheme, urlsplit(address).hostname or ""
    for name, value in named.items():
        if "://" in value and not urlsplit(value).hostname:
            found.append(
                problem(
                    "proxy",
                    f"{name} is no address: {without_password(value)}",
                    f"Write it like http://proxy.example.org:3128, or unset {name}.",
                )
            )
    proxy = named.get(f"{scheme}_proxy") or named.get("all_proxy")
    if proxy is None:
        return found or [ok("proxy", "No proxy is set for the server.")]
    excepted = [each.strip().lstrip(".") for each in lower.get("no_proxy", "").split(",")]
    if any(
        each == "*" or (each and (host == each or host.endswith(f".{each}"))) for each in excepted
    ):
        return found or [ok("proxy", f"{host} is reached without a proxy, by no_proxy.")]
    text = f"{host} is reached by the proxy {without_password(proxy)}."
    if host in ("localhost", "127.0.0.1", "::1"):
        advice = f"Add {host} to no_proxy: a proxy does not lead to this machine."
        return [*found, warning("proxy", text, advice)]
    return [*found, ok("proxy", text)]


def check_cache(config: Config | None) -> list[Finding]:
    """The cache: where, whether it can be written, how much room there is, on what kind of
    file system."""
    place = (config.cache_location if config else None) or CACHE_ROOT_DIR
    path = os.path.abspath(os.path.expandvars(os.path.expanduser(place)))
    advice = "Choose another place: location = … in [cache] of the configuration file."
    known = "" if config and config.cache_location else " (by default)"
    if os.path.exists(path) and not os.path.isdir(path):
        return [problem("cache", f"The cache is to be {home(path)}, which is no folder.", advice)]
    failed = _try_writing(path)
    if isinstance(failed, str):
        return [problem("cache", f"{home(path)}{known} cannot be written: {failed}.", advice)]
    return [
        ok("cache", f"{home(path)}{known} can be written."),
        *_clock_of_files(failed),
        *_room("cache", path, advice),
        *_kind_of_place(path),
    ]


def check_temporary() -> list[Finding]:
    """Where temporary files go."""
    try:
        path = tempfile.gettempdir()
    except OSError as error:
        return [
            problem(
                "temporary",
                f"Temporary files have no place: {error.strerror}.",
                "Set TMPDIR to a folder that you can write.",
            )
        ]
    return _room("temporary", path, "Set TMPDIR to a folder with more room.")


def _existing(path: str) -> str:
    """The folder itself, or the nearest one above that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def _try_writing(path: str) -> str | float:
    """By how much the time of a file that is written there differs from ours; or why it cannot
    be written. The folder is not made: what is tried is the one above it."""
    place = _existing(path)
    name = os.path.join(place, f".synapse-doctor-{uuid.uuid4().hex}")
    try:
        with open(name, "wb") as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        written, now = os.stat(name).st_mtime, time.time()
        os.replace(name, name + "-renamed")
        os.unlink(name + "-renamed")
    except OSError as error:
        for left in (name, name + "-renamed"):
            if os.path.exists(left):
                os.unlink(left)
        return f"{error.strerror}"
    return written - now


def _clock_of_files(skew: float) -> Iterator[Finding]:
    if abs(skew) > _MOST_SKEW:
        yield warning(
            "cache",
            f"The file server's clock is {abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}.",
            "Tell the administrators: make and official clients judge files by their times.",
        )


def _room(check: str, path: str, advice: str) -> list[Finding]:
    """How much room there is."""
    place = _existing(path)
    free = shutil.disk_usage(place).free
    text = f"{human(free)} are free in {home(path)}."
    if free < _HARDLY_ANY:
        return [problem(check, text, advice)]
    if free < _LITTLE:
        return [warning(check, text, advice)]
    found = os.statvfs(place) if hasattr(os, "statvfs") else None
    if found is not None and found.f_files and found.f_favail < _FEW_FILES:
        text = f"{found.f_favail} more files can be made in {home(path)}."
        return [(warning if found.f_favail else problem)(check, text, advice)]
    return [ok(check, text)]


def _kind_of_place(path: str) -> list[Finding]:
    kind = file_system(os.path.realpath(_existing(path)))
    if kind is None:
        return []
    shared = _SHARED.get(kind)
    if shared is not None:
        findings = [
            ok(
                "filesystem",
                f"The cache is on {shared}, which other hosts may use at the same time. This"
                " client relies on no lock there.",
            )
        ]
        if path.startswith(os.path.expanduser("~") + os.sep):
            findings.append(
                warning(
                    "filesystem",
                    "The cache is in your home directory, on a file system that all hosts share:"
                    " many jobs at once fill its quota and slow it down for everybody.",
                    "Put it on the scratch file system of the cluster: location = … in [cache].",
                )
            )
        return findings
    if kind in _IN_MEMORY:
        return [
            warning(
                "filesystem",
                f"The cache is on {kind}: it takes memory, and is gone when this machine stops.",
                "Choose another place: location = … in [cache] of the configuration file.",
            )
        ]
    return [ok("filesystem", f"The cache is on {kind}, which belongs to this machine.")]


def file_system(path: str) -> str | None:
    """The kind of file system that a real path lies on; None where that cannot be known."""
    best, kind = "", None
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                mount, _, rest = line.partition(" - ")
                point = mount.split()[4].encode().decode("unicode_escape")
                inside = path == point or path.startswith(point.rstrip("/") + "/")
                if inside and len(point) >= len(best):
                    best, kind = point, rest.split()[0]
    except (OSError, IndexError):
        return None
    return kind
