"""Wikis with the official clients and ours; each reads what the others wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.interop.clients import ENVIRONMENTS, call, secret

HERE = Path(__file__).parent
READ = """
import json, sys, warnings
warnings.simplefilter("ignore")
import synapseclient
endpoint, user, secret, cache, owners = sys.argv[1:6]
syn = synapseclient.Synapse(repoEndpoint=endpoint + "/repo/v1", authEndpoint=endpoint + "/auth/v1",
    fileHandleEndpoint=endpoint + "/file/v1", portalEndpoint=endpoint, skip_checks=True, silent=True,
    cache_root_dir=cache)
if secret.startswith("eyJ"):
    syn.login(authToken=secret, silent=True)
else:
    syn.login(user, password=secret, silent=True)
found = []
for owner in json.loads(owners):
    for header in syn.getWikiHeaders(owner):
        page = syn.getWiki(owner, header["id"])
        names = [each["fileName"] for each in syn.getWikiAttachments(page)]
        found.append([header["id"], header["title"], page.markdown, names])
print(json.dumps(found))
"""


@pytest.mark.interop
def test_each_client_writes_wikis_and_reads_those_of_the_others(
    server: RunningServer, tmp_path: Path
) -> None:
    user = server.user()
    secrets = {version: secret(version, user) for version in ENVIRONMENTS}
    owners = []
    for version in ENVIRONMENTS:
        folder = tmp_path / version
        folder.mkdir()
        flow = str(HERE / "flow_wiki.py")
        out = call(
            version, flow, server.url, user.name, secrets[version], str(folder), home=tmp_path
        )
        made = json.loads(out)
        owners += [made["project"], made["copy"]]
    seen = {
        reader: call(
            reader,
            "-c",
            READ,
            server.url,
            user.name,
            secrets[reader],
            str(tmp_path / f"cache-{reader}"),
            json.dumps(owners),
            home=tmp_path,
        )
        for reader in ENVIRONMENTS
    }
    assert len(json.loads(seen["ours"])) == len(ENVIRONMENTS) * (1 + 3)
    assert seen["3.0.0"] == seen["4.14.0"] == seen["ours"]


@pytest.mark.interop
@pytest.mark.parametrize("version", ["4.14.0", "ours"])
def test_the_wiki_models(server: RunningServer, tmp_path: Path, version: str) -> None:
    user = server.user()
    flow = str(HERE / "flow_wiki_models.py")
    token = secret(version, user)
    out = call(version, flow, server.url, user.name, token, str(tmp_path), home=tmp_path)
    made = json.loads(out)
    assert len(user.get(f"/entity/{made['copy']}/wikiheadertree2")["results"]) == 2
