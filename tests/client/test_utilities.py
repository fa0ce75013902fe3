"""The smaller utilities: messages, describe, manifests of files, helpers under official names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.client.test_copy import answering, logging_to
from tests.conftest import User
from tests.server.test_files import raw, text_url

import synapseutils
from synapseclient import Activity, File, Project, models
from synapseclient.client import Synapse
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError, SynapseProvenanceError
from synapseclient.sync import manifest
from synapseutils import sync


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


def received(user: User) -> list[dict[str, Any]]:
    """The messages that a user has got, first ones first, with their texts and the texts' types."""
    found = []
    for bundle in user.get("/message/inbox?descending=false&limit=100")["results"]:
        message = bundle["message"]
        association = {
            "fileHandleId": message["fileHandleId"],
            "associateObjectId": message["id"],
            "associateObjectType": "MessageAttachment",
        }
        ask = {"includeFileHandles": True, "requestedFiles": [association]}
        [file] = user.post("/file/v1/fileHandle/batch", ask)["requestedFiles"]
        text = raw(user, "GET", text_url(user, f"/message/{message['id']}/file")).text
        found.append({**message, "type": file["fileHandle"]["contentType"], "text": text})
    return found


def test_messages(syn: Synapse, alice: User, bob: User) -> None:
    ids = [alice.id, bob.id]
    made = syn.sendMessage(ids, "Größe", "<b>für alle</b>", contentType="text/html")
    [message] = received(alice)
    assert received(bob) == [message]
    assert message["id"] == made["id"]
    assert message["recipients"] == [str(id) for id in ids]
    assert (message["subject"], message["type"]) == ("Größe", "text/html")
    assert message["text"] == "<b>für alle</b>"
    with pytest.raises(SynapseHTTPError, match="no user or team with the id 7"):
        syn.sendMessage([7], "subject", "text")


def test_being_told(syn: Synapse, alice: User, caplog: pytest.LogCaptureFixture) -> None:
    syn.logger = logging_to(caplog)
    calls: list[int] = []

    def work(number: int) -> int:
        calls.append(number)
        if len(calls) < 3:
            raise ValueError(f"not the {len(calls)}. time")
        return number * 2

    # where there are no messages, the work is done once nevertheless
    send = syn.transport.send
    answering(syn, "/message/outbox", 501, {"reason": "Messages are not served here."})
    assert synapseutils.notifyMe(syn, "s")(lambda: 5)() == 5
    assert "No message was sent" in caplog.text
    syn.transport.send = send  # type: ignore[method-assign]
    told = synapseutils.notifyMe(syn, "My work", retries=2)(work)
    assert told.__name__ == "work"
    assert told(4) == 8
    assert calls == [4, 4, 4]
    sent = received(alice)
    assert [each["recipients"] for each in sent] == [[str(alice.id)]] * 3
    assert [each["subject"] for each in sent] == ["My work"] * 3
    assert "2 more times" in sent[0]["text"]
    assert "not the 1. time" in sent[0]["text"]
    assert "Traceback" in sent[0]["text"]
    assert sent[2]["text"] == "Call to work completed successfully!"
    calls.clear()
    with pytest.raises(ValueError, match="not the 2"):
        synapseutils.notifyMe(syn, "My work", retries=1)(work)(4)
    assert "not called again" in received(alice)[-1]["text"]
    calls.clear()

    @synapseutils.notify_me_async(syn, "async", retries=2)
    async def later(number: int) -> int:
        await asyncio.sleep(0)
        return work(number)

    from synapseclient.core.blocking import run

    assert run(later(3)) == 6  # type: ignore[arg-type]
    assert received(alice)[-1]["text"] == "Call to later completed successfully!"


def test_a_sync_tells_how_it_went(syn: Synapse, alice: User, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    (tmp_path / "good").write_text("good")
    (tmp_path / "bad|name").write_text("bad")
    rows = "".join(f"{tmp_path}/{name}\t{project}\n" for name in ("good", "bad|name"))
    path = tmp_path / "m.tsv"
    path.write_text("path\tparent\n" + rows)
    for wanted in (False, True):
        with pytest.raises(SynapseError, match="1 of 2"):
            synapseutils.syncToSynapse(syn, str(path), sendMessages=wanted)
    [message] = received(alice)
    assert message["subject"] == f"Upload of {path}"
    assert message["text"].startswith("1 files are stored, 1 are not.")
    assert "bad|name" in message["text"]


def test_a_bar_for_calls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = synapseutils.with_progress_bar(lambda x: x * 2, 2, prefix="Working")
    assert twice(4) == 8
    assert capsys.readouterr().out == "", "nobody sees it"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert twice(5) == 10
    out = capsys.readouterr().out
    assert "Working  [####################]100.00%   2/2" in out
    assert out.endswith("Done...\n")


def test_describe(syn: Synapse, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("pandas")
    project = syn.store(Project())
    ids = {}
    for name, text in (
        ("t.csv", "word,number,flag,empty\na,1,True,\nb,2,False,\na,2,True,\n"),
        ("t.tsv", "x\ty\n1\tü\n"),
        ("t.txt", "x\n1\n"),
    ):
        (tmp_path / name).write_text(text)
        ids[name] = syn.store(File(str(tmp_path / name), parent=project)).id
    found = synapseutils.describe(syn, ids["t.csv"])
    assert found is not None
    assert found["word"]["mode"] == "a"
    assert found["number"] == {
        "mode": 2,
        "min": 1,
        "max": 2,
        "mean": pytest.approx(5 / 3),
        "dtype": "int64",
    }
    assert found["flag"]["mode"]
    assert found["empty"]["mode"] is None
    assert (synapseutils.describe(syn, ids["t.tsv"]) or {})["y"]["mode"] == "ü"
    syn.logger = logging_to(caplog)
    assert synapseutils.describe(syn, ids["t.txt"]) is None
    assert "not supported" in caplog.text
    assert synapseutils.describe(syn, "syn99999999") is None
    assert "syn99999999 cannot be described" in caplog.text
    assert synapseutils.describe(syn, project.id) is None


def test_a_manifest_as_a_data_frame(syn: Synapse, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    project = syn.store(Project()).id
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    path = tmp_path / "m.tsv"
    path.write_text(
        "path\tparent\tname\tused\tsynapseStore\tn\n"
        f"{tmp_path}/a\t{project}\t\t{tmp_path}/b\tFalse\t[1,2]\n"
        f"{tmp_path}/b\t{project}\tother\n"
    )
    frame = sync.readManifestFile(syn, str(path))
    assert list(frame.name) == ["other", "a"], "each after those that it was made from"
    assert list(frame.synapseStore) == [True, False]
    assert list(frame.used) == [[], [f"{tmp_path}/b"]]
    assert list(frame.n) == ["", "[1,2]"]
    path.write_text(f"path\tparent\tused\n{tmp_path}/a\t{project}\tsyn0x\n")
    with pytest.raises(SynapseProvenanceError, match="Line 2: 'syn0x' is neither"):
        sync.readManifestFile(syn, str(path))


def test_manifests_of_files(syn: Synapse, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    (tmp_path / "a.txt").write_text("a")
    made = syn.store(
        File(str(tmp_path / "a.txt"), parent=project, annotations={"n": [1, 2]}),
        activity=Activity("made", used="https://example.org/x", executed=f"{project}"),
    )
    bare = syn.store(File("https://example.org/y", parent=project, synapseStore=False))
    target = tmp_path / "legacy.tsv"
    sync.generateManifest(syn, [made, bare], str(target))
    model = models.File(id=made.id).get(include_activity=True, synapse_client=syn)
    model.path = str(tmp_path / "a.txt")
    sync.generate_manifest([model], str(tmp_path))
    for path in (target, tmp_path / sync.MANIFEST_FILENAME):
        row = manifest.read(str(path))[0] if path != target else None
        if row is None:
            lines = path.read_text().splitlines()
            assert len(lines) == 3
            assert "\tFalse\t" in lines[2]
            path.write_text("\n".join(lines[:2]))
            [row] = manifest.read(str(path))
        assert (row.path, row.name, row.id) == (str(tmp_path / "a.txt"), "a.txt", made.id)
        assert row.annotations == {"n": [1, 2]}
        assert (row.activity_name, list(row.used)) == ("made", ["https://example.org/x"])
        assert [each.split(".")[0] for each in row.executed] == [project]
    sync.generate_manifest([], str(tmp_path / "nowhere"))
    with pytest.raises(SynapseError, match="not stored"):
        sync.generateManifest(syn, [File(str(tmp_path / "a.txt"), parent=project)], "x")
