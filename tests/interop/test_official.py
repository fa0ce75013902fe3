"""The official clients against our server, each in an environment of its own, and ours too.

Each plays the same flow; then each reads with its own eyes what the others wrote, cache folders
included.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, place, play


@pytest.mark.interop
def test_each_client_does_everything_and_reads_what_the_others_wrote(
    server: RunningServer, tmp_path: Path
) -> None:
    user = server.user()
    written = {}
    for version in ENVIRONMENTS:
        written[version] = play(user, version, "flow_legacy", tmp_path)
        assert json.loads(written[version])["files"]
    for reader in ENVIRONMENTS:
        for writer, ids in written.items():
            # one's own cache folder for all, then the writer's: every form of it is understood
            for folder in (None, place(server, writer, "flow_legacy")):
                if reader == "3.0.0" and writer != "3.0.0" and folder:
                    continue  # 3.0.0 cannot read the cache form of 4.x, whoever wrote it
                out = play(user, reader, "flow_read_files", tmp_path, ids, folder=folder)
                assert out.startswith("read")


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_the_object_oriented_api(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    assert play(user, version, "flow_models", tmp_path) == "done"
