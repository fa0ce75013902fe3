"""Entities through the front door: create, get, update, versions, move, trash, listings."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from tests.conftest import User

FOLDER = "org.sagebionetworks.repo.model.Folder"
PROJECT = "org.sagebionetworks.repo.model.Project"


def test_a_project_as_it_is_stored(alice: User) -> None:
    made = alice.project(
        name="Brain Atlas (v1.0)", description="of mice", alias=f"atlas_{alice.id}"
    )
    assert made == {
        "concreteType": PROJECT,
        "name": "Brain Atlas (v1.0)",
        "description": "of mice",
        "alias": f"atlas_{alice.id}",
        "id": made["id"],
        "etag": made["etag"],
        "parentId": "syn4489",
        "createdBy": str(alice.id),
        "modifiedBy": str(alice.id),
        "createdOn": made["createdOn"],
        "modifiedOn": made["createdOn"],
    }
    assert made["id"].startswith("syn")
    assert alice.get(f"/entity/{made['id'].upper()}") == made
    assert alice.get(f"/entity/{made['id'][3:]}") == made
    assert alice.get(f"/entity/alias/atlas_{alice.id}") == {"id": made["id"]}
    alice.delete(f"/entity/{made['id']}")


def test_a_name_is_the_id_unless_given(alice: User) -> None:
    made = alice.project()
    assert made["name"] == made["id"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "slash/es"},
        {"name": "x" * 257},
        {"description": "x" * 1001},
        {"parentId": None},
        {"parentId": "zyn1"},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    alice: User, change: dict[str, object]
) -> None:
    project = alice.project()["id"]
    body = {"concreteType": FOLDER, "parentId": project, "name": "ok", **change}
    error = alice.post("/entity", body, 400)
    assert error["concreteType"] == "org.sagebionetworks.repo.model.ErrorResponse"
    assert len(error["reason"]) > 10
    listing = {"parentId": project, "includeTypes": ["folder"]}
    assert alice.post("/entity/children", listing, 200)["page"] == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"name": 7}', b'"text"', b"\xff\xfe", b"null"]
)
def test_bodies_that_are_no_entity(alice: User, body: bytes) -> None:
    answer = alice.send("POST", "/entity", body)
    assert answer.status_code == 400
    assert answer.json()["reason"]


def test_entity_type_stands_in_for_concrete_type(alice: User) -> None:
    assert alice.post("/entity", {"entityType": PROJECT})["concreteType"] == PROJECT


def test_types_of_later_releases_are_named(alice: User) -> None:
    later = {"concreteType": "org.sagebionetworks.repo.model.docker.DockerRepository"}
    assert "not served here yet" in alice.post("/entity", later, 501)["reason"]


def test_names_are_unique_in_a_parent(alice: User) -> None:
    project = alice.project()["id"]
    alice.folder(project, "one")
    body = {"concreteType": FOLDER, "parentId": project, "name": "one"}
    assert alice.post("/entity", body, 409)["reason"] == (
        f"An entity with the name: one already exists with a parentId: {project}"
    )
    two = alice.folder(project, "two")
    alice.put(f"/entity/{two['id']}", {**two, "name": "one"}, 409)


def test_an_update_needs_the_current_etag(alice: User) -> None:
    project = alice.project(name=f"etag {alice.id}")
    path = f"/entity/{project['id']}"
    updated = alice.put(path, {**project, "description": "new"})
    assert updated["description"] == "new"
    assert updated["etag"] != project["etag"]
    error = alice.put(path, {**project, "description": "newer"}, 412)
    assert "was updated since you last fetched it" in error["reason"]
    assert alice.get(path) == updated


def test_the_type_never_changes(alice: User) -> None:
    project = alice.project()
    alice.put(f"/entity/{project['id']}", {**project, "concreteType": FOLDER}, 400)


def test_files_get_versions(alice: User) -> None:
    project = alice.project()["id"]
    file = alice.file(project, versionComment="first")
    path = f"/entity/{file['id']}"
    assert (file["versionNumber"], file["versionLabel"], file["isLatestVersion"]) == (1, "1", True)
    # the same handle: no new version
    same = alice.put(path, {**file, "description": "same bytes"})
    assert same["versionNumber"] == 1
    # another handle without an MD5: a new version, whose label and comment start anew
    second = alice.put(path, {**same, "dataFileHandleId": alice.external()})
    assert (second["versionNumber"], second["versionLabel"]) == (2, "2")
    assert "versionComment" not in second
    third = alice.put(f"{path}?newVersion=true", {**second, "versionLabel": "final"})
    assert (third["versionNumber"], third["versionLabel"]) == (3, "final")
    old = alice.get(f"{path}/version/1")
    assert old["etag"] == "00000000-0000-0000-0000-000000000000"
    assert old["isLatestVersion"] is not True
    assert old["dataFileHandleId"] == file["dataFileHandleId"]
    assert alice.get(f"{path}.2")["versionNumber"] == 2
    versions = alice.get(f"{path}/version?limit=2")
    assert [each["versionNumber"] for each in versions["results"]] == [3, 2]
    assert versions["totalNumberOfResults"] == 3
    # labels are unique, the last version stays, numbers are not used again
    alice.put(path, {**third, "versionLabel": "2"}, 400)
    alice.delete(f"{path}/version/3", 204)
    assert alice.get(path)["versionNumber"] == 2
    alice.delete(f"{path}/version/1", 204)
    assert "last version" in alice.delete(f"{path}/version/2", 400)["reason"]
    fourth = alice.put(f"{path}/version")
    assert fourth["versionNumber"] == 4
    alice.get(f"{path}/version/9", 404)


def test_a_file_needs_a_handle_of_the_callers(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    body = {"concreteType": "org.sagebionetworks.repo.model.FileEntity", "parentId": project}
    alice.post("/entity", body, 400)
    alice.post("/entity", {**body, "dataFileHandleId": "999999999"}, 404)
    alice.post("/entity", {**body, "dataFileHandleId": "x"}, 400)
    alice.post("/entity", {**body, "dataFileHandleId": bob.external()}, 403)


def test_where_things_may_lie(alice: User) -> None:
    project = alice.project()["id"]
    file = alice.file(project)["id"]
    alice.post("/entity", {"concreteType": FOLDER, "parentId": "syn4489"}, 400)
    alice.post("/entity", {"concreteType": FOLDER, "parentId": file}, 400)
    alice.post("/entity", {"concreteType": PROJECT, "parentId": project}, 400)
    alice.post("/entity", {"concreteType": FOLDER, "parentId": "syn999999999"}, 404)


def test_folders_are_at_most_fifty_deep(alice: User) -> None:
    parent = alice.project()["id"]
    for _ in range(48):
        parent = alice.folder(parent)["id"]
    error = alice.post("/entity", {"concreteType": FOLDER, "parentId": parent}, 400)
    assert "50 levels" in error["reason"]


def test_moves(alice: User) -> None:
    project = alice.project()["id"]
    outer = alice.folder(project, "outer")
    inner = alice.folder(outer["id"], "inner")
    moved = alice.put(f"/entity/{inner['id']}", {**inner, "parentId": project})
    assert moved["parentId"] == project
    error = alice.put(f"/entity/{outer['id']}", {**outer, "parentId": outer["id"]}, 400)
    assert "into itself" in error["reason"]
    other = alice.project()["id"]
    alice.put(f"/entity/{inner['id']}", {**moved, "parentId": other})
    assert alice.get(f"/entity/{inner['id']}/benefactor")["id"] == other
    path = alice.get(f"/entity/{inner['id']}/path")["path"]
    assert [each["id"] for each in path] == ["syn4489", other, inner["id"]]


def test_the_trash_can(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    folder = alice.folder(project, "doomed")
    file = alice.file(folder["id"])
    alice.delete(f"/entity/{folder['id']}")
    assert "trash" in alice.get(f"/entity/{folder['id']}", 404)["reason"]
    assert "trash" in alice.get(f"/entity/{file['id']}", 404)["reason"]
    body = {"concreteType": FOLDER, "parentId": folder["id"]}
    assert "trash" in alice.post("/entity", body, 403)["reason"]
    view = alice.get("/trashcan/view")
    assert view["results"][0] == {
        "entityId": folder["id"],
        "entityName": "doomed",
        "entityType": "folder",
        "deletedByPrincipalId": str(alice.id),
        "deletedOn": view["results"][0]["deletedOn"],
        "originalParentId": project,
    }
    bob.put(f"/trashcan/restore/{folder['id']}", status=403)
    again = alice.folder(project, "doomed")
    alice.put(f"/trashcan/restore/{folder['id']}", status=409)
    alice.put(f"/trashcan/trash/{again['id']}")
    alice.put(f"/trashcan/restore/{folder['id']}")
    assert alice.get(f"/entity/{file['id']}")["id"] == file["id"]
    elsewhere = alice.project()["id"]
    alice.put(f"/trashcan/restore/{again['id']}/{elsewhere}")
    assert alice.get(f"/entity/{again['id']}/benefactor")["id"] == elsewhere
    alice.delete(f"/entity/{folder['id']}")
    alice.put(f"/trashcan/purge/{folder['id']}")
    alice.server.do(alice.server.app.sweep_once())
    assert "does not exist" in alice.get(f"/entity/{folder['id']}", 404)["reason"]
    assert "does not exist" in alice.get(f"/entity/{file['id']}", 404)["reason"]
    alice.put(f"/trashcan/restore/{folder['id']}", status=404)


def test_children(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    names = ["b", "a", "c d", "Z"]
    ids = {name: alice.folder(project, name)["id"] for name in names}
    file = alice.file(project, "file")
    request = {"parentId": project, "includeTypes": ["folder", "file"]}
    listing = alice.post("/entity/children", request, 200)
    assert [each["name"] for each in listing["page"]] == ["a", "b", "c d", "file", "Z"]
    header = listing["page"][0]
    assert header == {
        "name": "a",
        "id": ids["a"],
        "type": FOLDER,
        "versionNumber": 1,
        "versionLabel": "1",
        "isLatestVersion": True,
        "benefactorId": int(project[3:]),
        "createdOn": header["createdOn"],
        "modifiedOn": header["modifiedOn"],
        "createdBy": str(alice.id),
        "modifiedBy": str(alice.id),
    }
    by_date = {**request, "sortBy": "CREATED_ON", "sortDirection": "DESC"}
    newest = alice.post("/entity/children", by_date, 200)["page"]
    assert newest[0]["id"] == file["id"]
    counted = {**request, "includeTotalChildCount": True, "includeSumFileSizes": True}
    answer = alice.post("/entity/children", counted, 200)
    assert (answer["totalChildCount"], answer["sumFileSizesBytes"]) == (5, 0)
    alice.post("/entity/children", {"parentId": project}, 400)
    alice.post("/entity/children", {**request, "includeTypes": ["sofa"]}, 400)
    alice.post("/entity/children", {**request, "nextPageToken": "soon"}, 400)
    assert bob.post("/entity/children", request, 403)["reason"].startswith("You lack READ access")


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("sort", ["NAME", "CREATED_ON", "MODIFIED_ON"])
def test_children_come_in_pages(alice: User, sort: str, direction: str) -> None:
    project = alice.project()["id"]
    names = [f"{'fF'[number % 2]}{number:03d}" for number in range(120)]
    ids = [alice.folder(project, name)["id"] for name in names]
    if direction == "DESC":
        names.reverse()
        ids.reverse()
    request: dict[str, Any] = {"parentId": project, "includeTypes": ["folder"], "sortBy": sort}
    request["sortDirection"] = direction
    found: list[str] = []
    while True:
        page = alice.post("/entity/children", request, 200)
        found += [each["name"] for each in page["page"]]
        if "nextPageToken" not in page:
            break
        request["nextPageToken"] = page["nextPageToken"]
        if len(found) == 50:  # what goes from before the page moves nothing in it
            alice.delete(f"/entity/{ids[0]}")
    assert found == names
    other = {**request, "sortBy": "CREATED_ON" if sort == "NAME" else "NAME"}
    alice.post("/entity/children", other, 400)


@pytest.mark.parametrize(
    "place",
    [
        *(b"", b"[]", b"[1]", b'["a"]', b"[1.5,2]", b'["a","b"]', b"[null,1]", b"[true,1]"),
        *(b'["\\u0000",1]', b'["\\ud800",1]', b'["a",-1]', b'["a",9223372036854775808]', b"[1,2]"),
        b"\xff",
    ],
)
def test_places_that_no_page_had(alice: User, place: bytes) -> None:
    token = base64.urlsafe_b64encode(place).decode()
    request = {"parentId": alice.project()["id"], "includeTypes": ["file"], "nextPageToken": token}
    alice.post("/entity/children", request, 400)


def test_projects_are_listed_without_a_parent(alice: User, bob: User) -> None:
    mine = alice.project(name=f"only mine {alice.id}")["id"]
    request = {"includeTypes": ["project"], "sortBy": "CREATED_ON", "sortDirection": "DESC"}
    assert mine in [each["id"] for each in alice.post("/entity/children", request, 200)["page"]]
    assert mine not in [each["id"] for each in bob.post("/entity/children", request, 200)["page"]]
    header = {"entityName": f"only mine {alice.id}"}
    assert alice.post("/entity/child", header, 200) == {"id": mine}
    bob.post("/entity/child", header, 403)
    alice.post("/entity/child", {"entityName": "no such"}, 404)
    alice.post("/entity/child", {}, 400)


def test_headers(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    secret = bob.project()["id"]
    file = alice.file(project)
    assert alice.get(f"/entity/{file['id']}/type")["type"].endswith("FileEntity")
    batch = alice.get(f"/entity/type?batch={project},{secret},{file['id']}")
    assert [each["id"] for each in batch["results"]] == [project, file["id"]]
    references = [{"targetId": file["id"], "targetVersionNumber": 1}, {"targetId": "syn999999998"}]
    found = alice.post("/entity/header", {"references": references}, 200)
    assert [each["id"] for each in found["results"]] == [file["id"]]


def test_links(alice: User) -> None:
    project = alice.project()["id"]
    file = alice.file(project)
    body = {
        "concreteType": "org.sagebionetworks.repo.model.Link",
        "parentId": project,
        "name": "a link",
        "linksTo": {"targetId": file["id"], "targetVersionNumber": 1},
        "linksToClassName": "FileEntity",
    }
    link = alice.post("/entity", body)
    assert link["linksTo"] == body["linksTo"]
    assert link["linksToClassName"] == "FileEntity"
    alice.post("/entity", {**body, "name": "broken", "linksTo": None}, 400)


def test_bundles(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    folder = alice.folder(project)["id"]
    file = alice.file(folder)
    everything = {
        f"include{name}": True
        for name in [
            "Entity",
            "Annotations",
            "Permissions",
            "EntityPath",
            "HasChildren",
            "AccessControlList",
            "FileHandles",
            "BenefactorACL",
            "FileName",
            "ThreadCount",
            "RestrictionInformation",
            "Activity",
            "RootWikiId",
            "DOIAssociation",
            "TableBundle",
        ]
    }
    bundle = alice.post(f"/entity/{file['id']}/bundle2", everything, 200)
    assert bundle["entity"] == file
    assert bundle["entityType"] == "file"
    assert bundle["annotations"] == {"id": file["id"], "etag": file["etag"], "annotations": {}}
    assert bundle["permissions"]["canDownload"] is True
    assert [each["id"] for each in bundle["path"]["path"]] == [
        "syn4489",
        project,
        folder,
        file["id"],
    ]
    assert bundle["hasChildren"] is False
    assert "accessControlList" not in bundle
    assert bundle["benefactorAcl"]["id"] == project
    assert [each["id"] for each in bundle["fileHandles"]] == [file["dataFileHandleId"]]
    assert bundle["fileName"] == "data.csv"
    assert bundle["threadCount"] == 0
    assert bundle["restrictionInformation"]["restrictionLevel"] == "OPEN"
    assert "activity" not in bundle
    alice.share(project, bob.id, "READ")
    seen = bob.post(f"/entity/{file['id']}/version/1/bundle2", everything, 200)
    assert seen["fileHandles"] == []
    bob.post(f"/entity/{file['id']}/version/7/bundle2", everything, 404)
    assert alice.post(f"/entity/{project}/bundle2", {"includeAccessControlList": True}, 200)[
        "accessControlList"
    ]["resourceAccess"]


def test_bundles_are_stored_whole_or_not_at_all(alice: User) -> None:
    project = alice.project()["id"]
    good = {
        "entity": {"concreteType": FOLDER, "parentId": project, "name": "bundled"},
        "annotations": {"annotations": {"tissue": {"type": "STRING", "value": ["liver"]}}},
        "accessControlList": {
            "resourceAccess": [
                {"principalId": alice.id, "accessType": ["READ", "CHANGE_PERMISSIONS", "UPDATE"]}
            ]
        },
    }
    bad = {**good, "annotations": {"annotations": {"no good": {"type": "STRING", "value": []}}}}
    alice.post("/entity/bundle2/create", bad, 400)
    assert "bundled" not in str(
        alice.post("/entity/children", {"parentId": project, "includeTypes": ["folder"]}, 200)
    )
    made = alice.post("/entity/bundle2/create", good)
    assert made["annotations"]["annotations"]["tissue"]["value"] == ["liver"]
    assert made["accessControlList"]["id"] == made["entity"]["id"]
    changed = {
        "entity": {**made["entity"], "etag": made["annotations"]["etag"], "name": "changed"},
        "annotations": {"annotations": {}},
    }
    changed["entity"]["etag"] = alice.get(f"/entity/{made['entity']['id']}")["etag"]
    after = alice.put(f"/entity/{made['entity']['id']}/bundle2", changed)
    assert after["entity"]["name"] == "changed"
    assert after["annotations"]["annotations"] == {}


def test_the_flat_json_form(alice: User) -> None:
    folder = alice.folder(alice.project()["id"])
    path = f"/entity/{folder['id']}/json"
    flat = alice.get(path)
    assert flat["name"] == "folder"
    flat |= {
        "one": 1,
        "many": [1.5, 2],
        "when": "2020-01-02T03:04:05.678Z",
        "yes": True,
        "none": "",
    }
    stored = alice.put(path, flat)
    assert {name: stored[name] for name in ("one", "many", "when", "yes", "none")} == {
        "one": 1,
        "many": [1.5, 2.0],
        "when": "2020-01-02T03:04:05.678Z",
        "yes": True,
        "none": "",
    }
    alice.put(path, flat, 412)
    alice.put(path, {"x": 1}, 400)
    assert alice.get(f"/entity/{folder['id']}/annotations2")["annotations"]["when"] == {
        "type": "TIMESTAMP_MS",
        "value": ["1577934245678"],
    }


def test_favorites(alice: User) -> None:
    first, second = alice.project()["id"], alice.project()["id"]
    assert alice.post(f"/favorite/{first}")["id"] == first
    alice.post(f"/favorite/{second}")
    alice.post(f"/favorite/{second}")
    assert [each["id"] for each in alice.get("/favorite?sortDirection=ASC")["results"]] == [
        first,
        second,
    ]
    alice.delete(f"/favorite/{first}")
    assert [each["id"] for each in alice.get("/favorite?sort=NAME")["results"]] == [second]
    alice.get("/favorite?sort=COLOUR", 400)
    alice.server.anonymous.get("/favorite", 401)


def test_my_projects(alice: User, bob: User) -> None:
    mine = alice.project(name=f"mine {alice.id}")["id"]
    shared = bob.project(name=f"shared {bob.id}")["id"]
    bob.share(shared, alice.id, "READ")

    def ids(query: str = "") -> set[str]:
        return {each["id"] for each in alice.get(f"/projects{query}")["results"]}

    assert ids() == {mine, shared}
    assert ids("?filter=CREATED") == {mine}
    assert ids("?filter=PARTICIPATED&sort=PROJECT_NAME") == {shared}
    assert {each["id"] for each in alice.get(f"/projects/user/{bob.id}")["results"]} == {shared}


def test_bundles_of_the_first_generation(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    file = alice.file(project)
    etag = file["etag"]
    changed = {"etag": etag, "annotations": {"n": {"type": "LONG", "value": ["1"]}}}
    alice.put(f"/entity/{file['id']}/annotations2", changed)
    everything = alice.get(f"/entity/{file['id']}/bundle?mask={0x7FFFF}")
    assert everything["entity"]["id"] == file["id"]
    assert everything["annotations"]["longAnnotations"] == {"n": [1]}
    assert everything["permissions"]["canDownload"]
    assert [each["id"] for each in everything["path"]["path"]][1:] == [project, file["id"]]
    assert everything["accessRequirements"] == everything["unmetAccessRequirements"] == []
    assert everything["fileHandles"][0]["id"] == file["dataFileHandleId"]
    assert everything["benefactorAcl"]["id"] == project
    assert "accessControlList" not in everything
    assert set(alice.get(f"/entity/{file['id']}/bundle?mask=1")) == {"entity", "entityType"}
    old = alice.get(f"/entity/{file['id']}/version/1/bundle?mask=1")
    assert old["entity"]["versionNumber"] == 1
    alice.get(f"/entity/{file['id']}/bundle", 400)
    alice.get(f"/entity/{file['id']}/bundle?mask=-1", 400)
    alice.get(f"/entity/{file['id']}/version/9/bundle?mask=1", 404)
    bob.get(f"/entity/{file['id']}/bundle?mask=1", 403)


def test_types_of_versions(alice: User, bob: User) -> None:
    file = alice.file(alice.project()["id"])
    path = f"/entity/{file['id']}/version"
    alice.put(f"/entity/{file['id']}?newVersion=true", file)
    assert alice.get(f"{path}/1/type")["isLatestVersion"] is False
    assert alice.get(f"{path}/2/type")["versionNumber"] == 2
    alice.get(f"{path}/3/type", 404)
    bob.get(f"{path}/1/type", 403)


def test_no_file_has_a_preview_yet(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    file = alice.file(project)["id"]
    for path in (f"/entity/{file}/filepreview", f"/entity/{file}/version/1/filepreview"):
        alice.get(path, 404)
        bob.get(path, 403)
    alice.get(f"/entity/{project}/filepreview", 400)


def test_labels_of_new_versions_default_to_their_numbers(alice: User) -> None:
    file = alice.file(alice.project()["id"], versionLabel="custom")
    path = f"/entity/{file['id']}"
    without = {name: value for name, value in file.items() if name != "versionLabel"}
    second = alice.put(path + "?newVersion=true", without)
    assert (second["versionNumber"], second["versionLabel"]) == (2, "2")
    third = alice.put(path + "?newVersion=true", {**second, "versionLabel": "third"})
    fourth = alice.put(path + "?newVersion=true", third)
    assert (fourth["versionNumber"], fourth["versionLabel"]) == (4, "4")
    alice.put(path, {**fourth, "id": "syn1"}, 400)


def test_restoring_elsewhere_is_moving(alice: User, bob: User) -> None:
    project, theirs = alice.project()["id"], bob.project()["id"]
    folder = alice.folder(project)["id"]
    alice.share(project, bob.id, "DELETE")
    bob.delete(f"/entity/{folder}")
    bob.put(f"/trashcan/restore/{folder}/{theirs}", status=403)
    bob.put(f"/trashcan/restore/{folder}", status=403)  # that needs CREATE there
    alice.share(project, bob.id, "DELETE", "UPDATE", "CHANGE_PERMISSIONS")
    bob.put(f"/trashcan/restore/{folder}/{theirs}")
    assert bob.get(f"/entity/{folder}")["parentId"] == theirs


def test_aliases_come_back_from_the_trash(alice: User) -> None:
    alias = f"alias_{alice.id}"
    project = alice.project(alias=alias)["id"]
    alice.delete(f"/entity/{project}")
    alice.get(f"/entity/alias/{alias}", 404)
    alice.put(f"/trashcan/restore/{project}")
    assert alice.get(f"/entity/alias/{alias}")["id"] == project
    alice.delete(f"/entity/{project}")
    other = alice.project(alias=alias)["id"]
    alice.put(f"/trashcan/restore/{project}")
    assert "alias" not in alice.get(f"/entity/{project}")
    assert alice.get(f"/entity/alias/{alias}")["id"] == other


def test_past_the_trash_can(alice: User) -> None:
    folder = alice.folder(alice.project()["id"])["id"]
    alice.delete(f"/entity/{folder}?skipTrashCan=true")
    alice.put(f"/trashcan/restore/{folder}", status=404)


def test_links_have_no_versions(alice: User) -> None:
    project = alice.project()["id"]
    target = alice.file(project)["id"]
    made = {
        "concreteType": "org.sagebionetworks.repo.model.Link",
        "parentId": project,
        "linksTo": {"targetId": target, "targetVersionNumber": 1},
    }
    link = alice.post("/entity", made)
    assert "versionNumber" not in link
    alice.put(f"/entity/{link['id']}/version", status=400)
    alice.post("/entity", {**made, "linksTo": {"targetId": target, "targetVersionNumber": -1}}, 400)


def test_who_may_create_need_not_read(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    alice.share(project, bob.id, "CREATE", "UPDATE")
    entity = {
        "concreteType": "org.sagebionetworks.repo.model.Folder",
        "parentId": project,
        "name": "mine",
    }
    made = bob.post("/entity/bundle2/create", {"entity": entity})
    assert made["entity"]["name"] == "mine"
    file = alice.file(project)["id"]
    etag = alice.get(f"/entity/{file}")["etag"]
    annotations = {"etag": etag, "annotations": {"a": {"type": "STRING", "value": ["b"]}}}
    assert bob.put(f"/entity/{file}/annotations2", annotations)["annotations"]
    assert bob.put(f"/entity/{file}/version")["versionNumber"] == 2
    bob.get(f"/entity/{file}", 403)
