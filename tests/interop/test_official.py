"""The official clients against our server, each in an environment of its own, and ours too.

Each plays the same flow; then each reads with its own eyes what the others wrote, cache folders
included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import PASSWORD, RunningServer, User

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = {
    "3.0.0": ROOT / ".venv-3.0.0",
    "4.14.0": ROOT / ".venv-4.14.0",
    "ours": Path(sys.prefix),
}
FLOW = ROOT / "tests" / "interop" / "flow_legacy.py"
READ = """
import hashlib, json, os, sys, warnings
warnings.simplefilter("ignore")
import synapseclient
endpoint, user, secret, cache, ids = sys.argv[1:6]
syn = synapseclient.Synapse(repoEndpoint=endpoint + "/repo/v1", authEndpoint=endpoint + "/auth/v1",
    fileHandleEndpoint=endpoint + "/file/v1", portalEndpoint=endpoint, skip_checks=True, silent=True,
    cache_root_dir=cache)
if secret.startswith("eyJ"):
    syn.login(authToken=secret, silent=True)
else:
    syn.login(user, password=secret, silent=True)
for name, known in json.loads(ids)["files"].items():
    entity = syn.get(known["id"])
    with open(entity.path, "rb") as file:
        assert hashlib.md5(file.read()).hexdigest() == known["md5"], name
    assert name == "small.tsv" or entity["kind"] == ["test"]  # that one was stored again without
print("read", len(json.loads(ids)["files"]))
"""


def python(version: str) -> str:
    path = ENVIRONMENTS[version] / "bin" / "python"
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{path} is missing: make install-official")
        pytest.skip("the official clients are not installed: make install-official")
    return str(path)


def call(version: str, *arguments: str, home: Path) -> str:
    environment = {**os.environ, "HOME": str(home), "PYTHONWARNINGS": "ignore"}
    environment.pop("SYNAPSE_ENDPOINT", None)
    if version != "ours":
        environment.pop("PYTHONPATH", None)  # it may name our own packages
    done = subprocess.run(
        [python(version), *arguments], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().splitlines()[-1]


def secret(version: str, user: User) -> str:
    if version == "3.0.0":
        return PASSWORD
    body = {"scope": ["view", "download", "modify"], "name": f"for {version}"}
    token: str = user.post("/auth/v1/personalAccessToken", body, 200)["token"]
    return token


@pytest.mark.interop
def test_each_client_does_everything_and_reads_what_the_others_wrote(
    server: RunningServer, tmp_path: Path
) -> None:
    user = server.user()
    secrets = {version: secret(version, user) for version in ENVIRONMENTS}
    written = {}
    for version in ENVIRONMENTS:
        folder = tmp_path / version
        folder.mkdir()
        written[version] = call(
            version, str(FLOW), server.url, user.name, secrets[version], str(folder), home=tmp_path
        )
        assert json.loads(written[version])["files"]
    for reader in ENVIRONMENTS:
        for writer, ids in written.items():
            # one's own cache folder for all, then the writer's: every form of it is understood
            for cache in (tmp_path / f"fresh-{reader}", tmp_path / writer / "cache"):
                if reader == "3.0.0" and writer != "3.0.0" and cache.name == "cache":
                    continue  # 3.0.0 cannot read the cache form of 4.x, whoever wrote it
                out = call(
                    reader,
                    "-c",
                    READ,
                    server.url,
                    user.name,
                    secrets[reader],
                    str(cache),
                    ids,
                    home=tmp_path,
                )
                assert out.startswith("read")


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_the_object_oriented_api(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    flow = str(FLOW.with_name("flow_models.py"))
    out = call(
        version, flow, server.url, user.name, secret(version, user), str(tmp_path), home=tmp_path
    )
    assert out == "done"
