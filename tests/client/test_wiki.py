"""Wikis with our client: the older verbs, the models, the low-level API, copies, commands."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

import synapseutils
from synapseclient import File, Folder, Project, Wiki, api
from synapseclient.client import Synapse
from synapseclient.core.blocking import run
from synapseclient.core.exceptions import SynapseError, SynapseHTTPError
from synapseclient.models import Project as ProjectModel
from synapseclient.models import WikiHeader, WikiHistorySnapshot, WikiOrderHint, WikiPage


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


@pytest.fixture
def project(syn: Synapse) -> str:
    return str(syn.store(Project()).id)


def text_of(syn: Synapse, owner: str, page: Any = None) -> str:
    return str(syn.getWiki(owner, page).markdown)


# ------------------------------------------------------------------ the older verbs


def test_a_wiki_there_and_back(syn: Synapse, project: str, tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG")
    made = syn.store(
        Wiki(title="Zürich", owner=project, markdown="# Grüezi 🧬", attachments=[str(logo)])
    )
    assert (made.title, made.markdown, made.ownerId) == ("Zürich", "# Grüezi 🧬", project)
    got = syn.getWiki(syn.get(project))
    assert (got.id, got.markdown, got.ownerId) == (made.id, "# Grüezi 🧬", project)
    assert gzip.decompress(Path(got.markdown_path).read_bytes()).decode() == "# Grüezi 🧬"
    again = syn.getWiki(project, got.id)  # from the cache
    assert (again.markdown, again.markdown_path) == (got.markdown, got.markdown_path)
    (handle,) = syn.getWikiAttachments(got)
    assert handle["fileName"] == "logo.png"
    assert logo.exists()
    got.markdown = "changed"
    changed = syn.store(got)
    assert changed.markdown == text_of(syn, project) == "changed"
    assert syn.getWiki(project, made.id, version=0).markdown == "# Grüezi 🧬"
    assert syn.getWiki(project, version=0).markdown == "# Grüezi 🧬"
    assert len(syn.getWikiAttachments(changed)) == 1
    with pytest.raises(SynapseHTTPError) as stale:
        syn.store(got)
    assert stale.value.status == 412
    below = syn.store(Wiki(title="Below", owner=project, markdown="b", parentWikiId=made.id))
    assert syn.getWikiHeaders(project) == [
        {"id": made.id, "title": "Zürich"},
        {"id": below.id, "title": "Below", "parentId": made.id},
    ]
    syn.delete(below)
    assert len(syn.getWikiHeaders(project)) == 1
    syn.delete(changed)
    with pytest.raises(SynapseHTTPError) as gone:
        syn.getWiki(project)
    assert gone.value.status == 404


def test_a_root_page_that_is_there_is_changed(syn: Synapse, project: str, tmp_path: Path) -> None:
    attached = tmp_path / "a.txt"
    attached.write_text("a")
    first = syn.store(Wiki(title="T", owner=project, markdown="1", attachments=[str(attached)]))
    second = syn.store(Wiki(owner=project, markdown="2"))
    assert (second.id, second.title, second.markdown) == (first.id, "T", "2")
    assert len(syn.getWikiAttachments(second)) == 1
    with pytest.raises(SynapseHTTPError) as taken:
        syn.store(Wiki(owner=project, markdown="3"), createOrUpdate=False)
    assert taken.value.status == 409
    assert text_of(syn, project) == "2"


def test_wikis_of_files_of_text(syn: Synapse, project: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("from a file ü", encoding="utf-8")
    handle = syn.uploadFileHandle(str(path), project)["id"]
    wiki = Wiki(owner=project, markdownFile=str(path), fileHandles=[handle], parentWikiId="")
    assert (wiki.markdown, wiki.parentWikiId) == ("from a file ü", None)
    made = syn.store(wiki)
    assert made.attachmentFileHandleIds == [handle]
    wiki.update_markdown("other")
    assert wiki["markdown"] == "other"
    for broken in (
        lambda: Wiki(markdown="no owner"),
        lambda: Wiki(owner=project, markdown="a", markdownFile=str(path)),
        lambda: Wiki(owner=project, markdownFile=str(tmp_path / "none")),
    ):
        with pytest.raises(ValueError, match=r"owner|one argument|valid file"):
            broken()
    assert made.getURI() == made.putURI() == made.deleteURI() == f"{made.postURI()}/{made.id}"


# ------------------------------------------------------------------ models


def test_pages(syn: Synapse, project: str, tmp_path: Path) -> None:
    root = WikiPage(owner_id=project, title="Root", markdown="# Root").store(synapse_client=syn)
    assert root.id
    assert root.etag
    assert root.markdown_file_handle_id
    with pytest.raises(ValueError, match="Must provide id to update existing wiki page"):
        WikiPage(owner_id=project, title="another").store(synapse_client=syn)
    path = tmp_path / "page.md"
    path.write_text("# From a file\n", encoding="utf-8")
    sub = WikiPage(owner_id=project, title="Sub", markdown=str(path), parent_id=root.id)
    sub.store(synapse_client=syn)
    assert text_of(syn, project, sub.id) == "# From a file\n"
    assert path.exists()
    bare = WikiPage(owner_id=project, title="Bare", parent_id=sub.id).store(synapse_client=syn)
    assert text_of(syn, project, bare.id) == ""
    headers = list(WikiHeader.get(owner_id=project, limit=1, synapse_client=syn))
    assert headers == [
        WikiHeader(root.id, "Root", None),
        WikiHeader(sub.id, "Sub", root.id),
        WikiHeader(bare.id, "Bare", sub.id),
    ]
    got = WikiPage(owner_id=project, title="Sub").get(synapse_client=syn)
    assert (got.id, got.parent_id, got.created_by) == (sub.id, root.id, sub.created_by)
    with pytest.raises(ValueError, match="No wiki page found with title: None of these"):
        WikiPage(owner_id=project, title="None of these").get(synapse_client=syn)
    # what is None stays as it is, and an id means a change, of sub-pages, too
    changed = WikiPage(owner_id=project, id=sub.id, title="New").store(synapse_client=syn)
    assert (changed.id, changed.parent_id) == (sub.id, root.id)
    assert text_of(syn, project, sub.id) == "# From a file\n"
    got.title = "stale"
    with pytest.raises(SynapseHTTPError) as stale:
        got.store(synapse_client=syn)
    assert stale.value.status == 412
    changed.markdown = "changed"
    changed.store(synapse_client=syn)
    history = list(
        WikiHistorySnapshot.get(owner_id=project, id=sub.id, limit=2, synapse_client=syn)
    )
    assert [each.version for each in history] == ["2", "1", "0"]
    old = WikiPage(owner_id=project, id=sub.id, wiki_version="0").get(synapse_client=syn)
    assert old.title == "Sub"
    old.restore(synapse_client=syn)
    assert WikiPage(owner_id=project, id=sub.id).get(synapse_client=syn).title == "Sub"
    WikiPage(owner_id=project, id=sub.id).delete(synapse_client=syn)
    assert list(WikiHeader.get(project, synapse_client=syn)) == [WikiHeader(root.id, "Root")]
    for verb in ("get", "restore", "delete", "get_attachment_handles", "copy"):
        arguments = ("syn1",) if verb == "copy" else ()
        with pytest.raises(ValueError, match="Must provide"):
            getattr(WikiPage(), verb)(*arguments, synapse_client=syn)
    with pytest.raises(ValueError, match="Must provide owner_id"):
        WikiPage(title="t").store(synapse_client=syn)


def test_attachments_and_text_as_files(
    syn: Synapse, project: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, image = tmp_path / "a_table.csv", tmp_path / "figure.png"
    table.write_text("a,b\n1,2\n")
    image.write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    page = WikiPage(
        owner_id=project, title="T", markdown="# Text ü", attachments=[str(table), str(image)]
    ).store(synapse_client=syn)
    assert table.exists()
    assert image.exists()
    handles = page.get_attachment_handles(synapse_client=syn)["list"]
    assert [each["fileName"] for each in handles] == ["a_table.csv.gz", "figure.png"]
    place = str(tmp_path / "down")
    for name in ("a_table.csv", "a_table.csv.gz"):
        got = page.get_attachment(name, download_location=place, synapse_client=syn)
        assert got == os.path.join(place, "a_table.csv")
        assert Path(got).read_bytes() == table.read_bytes()
    got = page.get_attachment("figure.png", download_location=place, synapse_client=syn)
    assert Path(got).read_bytes() == image.read_bytes()
    url = page.get_attachment(file_name="figure.png", download_file=False, synapse_client=syn)
    assert url.startswith("http")
    text = page.get_markdown_file(download_location=place, synapse_client=syn)
    assert Path(text).read_text(encoding="utf-8") == "# Text ü"
    assert "# Text ü" in capsys.readouterr().out
    assert page.get_markdown_file(download_file=False, synapse_client=syn).startswith("http")
    with pytest.raises(ValueError, match="download_location"):
        page.get_attachment("figure.png", synapse_client=syn)
    for name in ("figure.png", "a_table.csv", "none.txt"):
        with pytest.raises(SynapseHTTPError) as missing:
            page.get_attachment_preview(name, download_location=place, synapse_client=syn)
        assert missing.value.status == 404
    with pytest.raises(SynapseHTTPError) as missing:
        page.get_attachment("none.txt", download_location=place, synapse_client=syn)
    assert missing.value.status == 404
    # what is attached with the older verbs is not compressed
    syn.store(Wiki(owner=project, markdown="x", attachments=[str(table)]))
    got = page.get_attachment("a_table.csv", download_location=place, synapse_client=syn)
    assert Path(got).read_bytes() == table.read_bytes()
    # a change by somebody who did not look keeps what is attached; one who did may drop it
    page = WikiPage(owner_id=project, id=page.id, title="U").store(synapse_client=syn)
    assert len(page.attachment_file_handle_ids) == 3
    page.attachment_file_handle_ids = []
    assert page.store(synapse_client=syn).attachment_file_handle_ids == []
    assert WikiPage.reformat_attachment_file_name("a_b.png") == "a%5Fb%2Epng"


def test_a_name_does_not_choose_a_folder(syn: Synapse, project: str, tmp_path: Path) -> None:
    page = WikiPage(owner_id=project, title="../../up", markdown="x").store(synapse_client=syn)
    place = tmp_path / "down"
    path = page.get_markdown_file(download_location=str(place), synapse_client=syn)
    assert Path(path).parent == place


def test_order(syn: Synapse, project: str) -> None:
    root = WikiPage(owner_id=project, title="Root").store(synapse_client=syn)
    hint = WikiOrderHint(owner_id=project).get(synapse_client=syn)
    assert (hint.id_list, hint.owner_object_type) == ([], "ENTITY")
    hint.id_list = [root.id or ""]
    stored = hint.store(synapse_client=syn)
    assert stored == WikiOrderHint(project).get(synapse_client=syn)
    with pytest.raises(SynapseHTTPError) as stale:
        WikiOrderHint(project, id_list=["1"], etag="other").store(synapse_client=syn)
    assert stale.value.status == 412
    for verb in ("get", "store"):
        with pytest.raises(ValueError, match="owner_id"):
            getattr(WikiOrderHint(), verb)(synapse_client=syn)


def test_async_twins(syn: Synapse, project: str) -> None:
    async def work() -> list[str | None]:
        page = await WikiPage(owner_id=project, title="T").store_async(synapse_client=syn)
        assert await page.get_async(synapse_client=syn) is page
        found = [each.id async for each in WikiHeader.get_async(project, synapse_client=syn)]
        versions = WikiHistorySnapshot.get_async(project, page.id, synapse_client=syn)
        assert [each.version async for each in versions] == ["0"]
        assert (await syn.getWiki_async(project)).id == page.id
        await page.delete_async(synapse_client=syn)
        return found

    assert len(run(work())) == 1
    with pytest.raises(ValueError, match="owner_id"):
        list(WikiHeader.get("", synapse_client=syn))
    with pytest.raises(ValueError, match="Must provide id"):
        list(WikiHistorySnapshot.get(project, synapse_client=syn))
    with pytest.raises(SynapseHTTPError):
        list(WikiHeader.get(project, synapse_client=syn))


def test_the_low_level_api(syn: Synapse, project: str) -> None:
    page = WikiPage(owner_id=project, title="T", markdown="x").store(synapse_client=syn)
    raw = run(api.get_wiki_page(project, synapse_client=syn))
    assert raw["id"] == page.id
    changed = run(api.put_wiki_page(project, raw["id"], {**raw, "title": "U"}, synapse_client=syn))
    assert changed["title"] == "U"
    assert run(api.get_wiki_page(project, raw["id"], 0, synapse_client=syn))["title"] == "T"
    run(api.put_wiki_version(project, raw["id"], "0", {}, synapse_client=syn))
    body = {"parentWikiId": raw["id"], "markdownFileHandleId": raw["markdownFileHandleId"]}
    sub = run(api.post_wiki_page(project, body, synapse_client=syn))

    async def listed(items: Any) -> list[Any]:
        return [each async for each in items]

    tree = run(listed(api.get_wiki_header_tree(project, synapse_client=syn)))
    assert [each["id"] for each in tree] == [raw["id"], sub["id"]]
    history = run(listed(api.get_wiki_history(project, raw["id"], synapse_client=syn)))
    assert [each["version"] for each in history] == ["2", "1", "0"]
    run(api.delete_wiki_page(project, sub["id"], synapse_client=syn))
    hint = run(api.get_wiki_order_hint(project, synapse_client=syn))
    hint = run(
        api.put_wiki_order_hint(project, {**hint, "idList": [raw["id"]]}, synapse_client=syn)
    )
    assert hint["idList"] == [raw["id"]]
    assert run(api.get_attachment_handles(project, raw["id"], synapse_client=syn)) == {"list": []}
    assert run(api.get_markdown_url(project, raw["id"], synapse_client=syn)).startswith("http")


# ------------------------------------------------------------------ copies


def wiki_to_copy(syn: Synapse, project: str, folder: Path) -> list[str]:
    """Three pages that link to each other; their ids."""
    attached = folder / "data.csv"
    attached.write_text("1,2\n")
    root = syn.store(Wiki(title="Root", owner=project, markdown="tbd", attachments=[str(attached)]))
    first = syn.store(
        Wiki(title="First", owner=project, markdown="nothing to change", parentWikiId=root.id)
    )
    second = syn.store(
        Wiki(
            title="Second",
            owner=project,
            markdown=f"{project}/wiki/{root.id} {project}/wiki/{first.id}0 {project} {project}1",
            parentWikiId=first.id,
        )
    )
    root.markdown = f"see {project}/wiki/{second.id} and syn4711 and syn47110"
    syn.store(root)
    return [root.id, first.id, second.id]


def shape(syn: Synapse, owner: str) -> list[tuple[str, str | None, str]]:
    """Title, title of the parent and text of all pages."""
    headers = list(WikiHeader.get(owner, synapse_client=syn))
    titles = {each.id: each.title for each in headers}
    return [
        (each.title or "", titles.get(each.parent_id or ""), text_of(syn, owner, each.id))
        for each in headers
    ]


def test_copying_a_wiki(syn: Synapse, bob: User, project: str, tmp_path: Path) -> None:
    _, first, _ = wiki_to_copy(syn, project, tmp_path)
    other = str(syn.store(Project()).id)
    headers = synapseutils.copyWiki(syn, project, other, entityMap={"syn4711": "syn99"})
    new = [each["id"] for each in headers]
    assert [each["title"] for each in headers] == ["Root", "First", "Second"]
    assert shape(syn, other) == [
        ("Root", None, f"see {other}/wiki/{new[2]} and syn99 and syn47110"),
        ("First", "Root", "nothing to change"),
        ("Second", "First", f"{other}/wiki/{new[0]} {project}/wiki/{first}0 {other} {project}1"),
    ]
    (handle,) = syn.getWikiAttachments(syn.getWiki(other))
    assert handle["fileName"] == "data.csv"
    # what does not change has one version
    for page, versions in zip(new, (2, 1, 2), strict=True):
        assert len(list(WikiHistorySnapshot.get(other, page, synapse_client=syn))) == versions
    # again: pages are written over, not added
    again = synapseutils.copyWiki(syn, project, other)
    assert [each["id"] for each in again] == new
    assert synapseutils.copyWiki(syn, str(syn.store(Project()).id), other) == []
    with pytest.raises(SynapseHTTPError):
        synapseutils.copyWiki(bob.client(tmp_path / "bob"), project, other)


def test_copying_a_part_into_a_page(syn: Synapse, project: str, tmp_path: Path) -> None:
    root, first, second = wiki_to_copy(syn, project, tmp_path)
    other = str(syn.store(Project()).id)
    top = WikiPage(owner_id=other, title="Top", markdown="top").store(synapse_client=syn)
    place = WikiPage(owner_id=other, title="Place", parent_id=top.id).store(synapse_client=syn)
    source = WikiPage(owner_id=project, id=first)
    with pytest.raises(ValueError, match="already has a root wiki page"):
        source.copy(other, synapse_client=syn)
    for page, into, message in (
        ("999999", None, "does not exist in the owner"),
        (first, "999999", "does not exist in the destination"),
        (first, "x", "is a number"),
    ):
        with pytest.raises(ValueError, match=message):
            WikiPage(owner_id=project, id=page).copy(other, into, synapse_client=syn)
    with pytest.raises(ValueError, match="must be a Synapse ID"):
        source.copy("nothing", synapse_client=syn)
    with pytest.raises(ValueError, match="entity_map"):
        source.copy(other, place.id, entity_map={"x": "syn1"}, synapse_client=syn)
    assert len(shape(syn, other)) == 2
    headers = source.copy(other, place.id, update_links=False, synapse_client=syn)
    assert [each.title for each in headers] == ["Top", "First", "Second"]
    assert headers[1].id == place.id
    assert shape(syn, other)[2][2] == text_of(syn, project, second)
    with pytest.raises(ValueError, match="does not exist in the owner"):
        WikiPage(owner_id=other, id=root).copy(project, first, synapse_client=syn)


def test_copies_of_entities_have_their_wikis(syn: Synapse, project: str, tmp_path: Path) -> None:
    path = tmp_path / "f.txt"
    path.write_text("f")
    folder = syn.store(Folder("inner", parent=project))
    file = syn.store(File(str(path), parent=folder))
    syn.store(Wiki(title="P", owner=project, markdown=f"{file.id} in {folder.id} of {project}"))
    syn.store(Wiki(title="F", owner=file, markdown=f"this is {file.id}, not {file.id}0"))
    other = str(syn.store(Project()).id)
    mapping = synapseutils.copy(syn, project, other)
    assert text_of(syn, other) == f"{mapping[file.id]} in {mapping[folder.id]} of {other}"
    assert text_of(syn, mapping[file.id]) == f"this is {mapping[file.id]}, not {file.id}0"
    with pytest.raises(SynapseHTTPError):
        syn.getWiki(mapping[folder.id])
    bare = str(syn.store(Project()).id)
    mapping = synapseutils.copy(syn, project, bare, skipCopyWikiPage=True)
    for id in mapping.values():
        with pytest.raises(SynapseHTTPError):
            syn.getWiki(id)
    plain = str(syn.store(Project()).id)
    mapping = synapseutils.copy(syn, project, plain, updateLinks=False, updateSynIds=False)
    assert text_of(syn, plain) == text_of(syn, project)
    third = str(syn.store(Project()).id)
    ProjectModel(id=project).copy(third, copy_wiki=False, synapse_client=syn)
    with pytest.raises(SynapseHTTPError):
        syn.getWiki(third)


def test_a_wiki_that_cannot_be_copied_is_named(syn: Synapse, project: str) -> None:
    syn.store(Wiki(owner=project, markdown="x"))
    other = str(syn.store(Project()).id)
    with pytest.raises(SynapseError, match=f"the wiki of {project}"):
        synapseutils.copy(syn, project, other, destinationSubPageId="999999")
