"""What scripts import from deep inside the official client: the low-level API, retries, the lock,
helpers."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import inspect
import logging
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import User

import synapseutils
from synapseclient import AUTHENTICATED_USERS, PUBLIC, File, Folder, Project, api
from synapseclient.client import Synapse
from synapseclient.core import async_utils, more_utils, retry, utils
from synapseclient.core.blocking import run
from synapseclient.core.constants import concrete_types, method_flags
from synapseclient.core.exceptions import (
    SynapseAuthorizationError,
    SynapseError,
    SynapseFileCacheError,
    SynapseFileNotFoundError,
    SynapseHTTPError,
    SynapseNotFoundError,
)
from synapseclient.core.lock import Lock
from synapseclient.core.transport import Answer, CannotConnect
from synapseclient.models import Annotations


@pytest.fixture
def syn(alice: User, tmp_path: Path) -> Synapse:
    return alice.client(tmp_path / "client")


def listed(items: AsyncIterator[Any]) -> list[Any]:
    async def all_of() -> list[Any]:
        return [item async for item in items]

    return run(all_of())


# ------------------------------------------------------------------ the low-level API


def test_entities(syn: Synapse) -> None:
    made = run(
        api.post_entity(
            {"name": f"api {os.urandom(4).hex()}", "concreteType": concrete_types.PROJECT_ENTITY},
            synapse_client=syn,
        )
    )
    id = made["id"]
    folder = {"name": "f", "parentId": id, "concreteType": concrete_types.FOLDER_ENTITY}
    child = run(api.post_entity(folder, synapse_client=syn))
    changed = run(api.put_entity(child["id"], {**child, "name": "g"}, synapse_client=syn))
    assert run(api.get_entity(child["id"], synapse_client=syn)) == changed
    header = run(api.get_entity_type(child["id"], synapse_client=syn))
    assert (header.name, header.type) == ("g", concrete_types.FOLDER_ENTITY)
    path = run(api.get_entity_path(child["id"], synapse_client=syn))
    assert [each["id"] for each in path["path"]][-2:] == [id, child["id"]]
    assert run(api.get_child("g", id, synapse_client=syn)) == child["id"]
    assert run(api.get_child("nobody", id, synapse_client=syn)) is None
    assert [each["id"] for each in listed(api.get_children(id, synapse_client=syn))] == [
        child["id"]
    ]
    assert listed(api.get_children(id, ["file"], synapse_client=syn)) == []
    bundle = run(api.get_entity_id_bundle2(child["id"], synapse_client=syn))
    assert bundle["entity"]["name"] == "g"
    assert bundle["annotations"]["annotations"] == {}
    only = run(api.get_entity_id_bundle2(id, {"includeHasChildren": True}, synapse_client=syn))
    assert only["hasChildren"] is True
    body = {"entity": {**folder, "name": "b"}}
    second = run(api.post_entity_bundle2_create(body, synapse_client=syn))["entity"]
    body = {"entity": {**second, "description": "d"}}
    stored = run(api.put_entity_id_bundle2(second["id"], body, synapse_client=syn))
    assert stored["entity"]["description"] == "d"
    assert [
        run(api.is_synapse_id(each, synapse_client=syn))
        for each in (id, "syn999999999", "nothing", 5)  # type: ignore[arg-type]
    ] == [True, False, False, False]
    note = Annotations({"a": [1]}, id, run(api.get_entity(id, synapse_client=syn))["etag"])
    assert (
        run(api.set_annotations_async(note, synapse_client=syn))["annotations"]["a"]["type"]
        == "LONG"
    )
    run(api.delete_entity(child["id"], synapse_client=syn))
    with pytest.raises(SynapseHTTPError):
        run(api.get_entity(child["id"], synapse_client=syn))
    destination = run(api.get_upload_destination(id, synapse_client=syn))
    location = str(destination["storageLocationId"])
    assert run(api.get_upload_destination_location(id, location, synapse_client=syn)) == destination


def test_files_versions_and_provenance(syn: Synapse, bob: User, tmp_path: Path) -> None:
    project = syn.store(Project()).id
    path = tmp_path / "a.txt"
    path.write_text("a")
    file = syn.store(File(str(path), parent=project))
    path.write_text("b")
    syn.store(File(str(path), parent=project))
    assert run(api.get_entity(file.id, 1, synapse_client=syn))["versionNumber"] == 1
    bundle = run(api.get_entity_id_version_bundle2(file.id, 1, synapse_client=syn))
    assert bundle["entity"]["versionNumber"] == 1
    found = run(api.get_entities_by_md5(hashlib.md5(b"b").hexdigest(), synapse_client=syn))
    assert file.id in [each["id"] for each in found["results"]]
    handle = file["dataFileHandleId"]
    assert run(api.get_file_handle(handle, synapse_client=syn))["fileName"] == "a.txt"
    assert run(api.get_file_handle_presigned_url(handle, synapse_client=syn)).startswith("http")
    got = api.get_file_handle_for_download(handle, file.id, synapse_client=syn)
    assert got["preSignedURL"].startswith("http")
    with pytest.raises(SynapseFileNotFoundError):
        api.get_file_handle_for_download("999999999", file.id, synapse_client=syn)
    with pytest.raises(SynapseAuthorizationError):
        api.get_file_handle_for_download(
            handle, file.id, synapse_client=bob.client(tmp_path / "bob")
        )
    request = {
        "originalFile": {
            "fileHandleId": handle,
            "associateObjectId": file.id,
            "associateObjectType": "FileEntity",
        }
    }
    [copy] = run(api.post_file_handles_copy([request], synapse_client=syn))
    assert copy["newFileHandle"]["id"] != handle
    url = run(api.post_external_filehandle("https://example.org/x.csv", synapse_client=syn))
    assert (url["externalURL"], url["fileName"]) == ("https://example.org/x.csv", "x.csv")
    run(api.delete_entity(file.id, 1, synapse_client=syn))
    activity = run(api.create_activity({"name": "one"}, synapse_client=syn))
    activity = run(api.update_activity({**activity, "name": "two"}, synapse_client=syn))
    assert run(api.get_activity(activity["id"], synapse_client=syn))["name"] == "two"
    with pytest.raises(ValueError, match="must exist"):
        run(api.update_activity({"name": "x"}, synapse_client=syn))
    run(api.set_entity_provenance(file.id, activity, synapse_client=syn))
    assert run(api.get_entity_provenance(file.id, synapse_client=syn))["id"] == activity["id"]
    assert run(api.get_entity_provenance(f"{file.id}.2", synapse_client=syn))["name"] == "two"
    run(api.delete_entity_generated_by(file.id, synapse_client=syn))
    run(api.set_entity_provenance(file.id, {"name": "new"}, synapse_client=syn))
    run(api.delete_entity_provenance(file.id, synapse_client=syn))
    run(api.delete_entity_provenance(file.id, synapse_client=syn))
    with pytest.raises(SynapseHTTPError):
        run(api.get_entity_provenance(file.id, synapse_client=syn))


def test_an_upload_in_parts(syn: Synapse) -> None:
    data = os.urandom(1000)
    md5 = hashlib.md5(data).hexdigest()
    request = {
        "concreteType": concrete_types.MULTIPART_UPLOAD_REQUEST,
        "contentMD5Hex": md5,
        "fileName": "x.bin",
        "fileSizeBytes": len(data),
        "partSizeBytes": 5 * 2**20,
        "contentType": "application/octet-stream",
    }
    endpoint = syn.fileHandleEndpoint
    started = run(api.post_file_multipart(request, False, endpoint, synapse_client=syn))
    id = started["uploadId"]
    urls = run(api.post_file_multipart_presigned_urls(id, [1], synapse_client=syn))
    [part] = urls["partPresignedUrls"]
    headers = part.get("signedHeaders") or {}
    put = run(syn.transport.send("PUT", part["uploadPresignedUrl"], headers, data))
    assert put.status_code == 200
    added = run(api.put_file_multipart_add(id, 1, md5, synapse_client=syn))
    assert (added.add_part_state, added.part_number) == ("ADD_SUCCESS", 1)
    done = run(api.put_file_multipart_complete(id, endpoint, synapse_client=syn))
    assert (
        run(api.get_file_handle(done["resultFileHandleId"], synapse_client=syn))["contentMd5"]
        == md5
    )


def test_access_and_users(syn: Synapse, alice: User, bob: User) -> None:
    project = syn.store(Project()).id
    folder = syn.store(Folder("f", parent=project)).id
    assert run(api.get_entity_permissions(folder, synapse_client=syn))["canEdit"]
    assert run(api.get_entity_benefactor(folder, synapse_client=syn)).id == project
    with pytest.raises(SynapseHTTPError):
        run(api.get_entity_acl(folder, synapse_client=syn))
    assert run(api.get_entity_acl_with_benefactor(folder, False, synapse_client=syn)) == {
        "resourceAccess": []
    }
    acl = run(api.get_entity_acl_with_benefactor(folder, synapse_client=syn))
    assert acl["id"] == project
    run(
        api.set_entity_permissions(
            folder, bob.name, ["READ"], warn_if_inherits=False, synapse_client=syn
        )
    )
    assert run(api.get_entity_acl_list(folder, str(bob.id), synapse_client=syn)) == ["READ"]
    own = run(api.get_entity_acl(folder, synapse_client=syn))
    own["resourceAccess"] = [
        each for each in own["resourceAccess"] if each["principalId"] != bob.id
    ]
    run(api.put_entity_acl(folder, own, synapse_client=syn))
    assert run(api.get_entity_acl_list(folder, str(bob.id), synapse_client=syn)) == []
    run(api.delete_entity_acl(folder, synapse_client=syn))
    run(api.post_entity_acl(folder, {**acl, "id": folder}, synapse_client=syn))
    run(api.delete_entity_acl(folder, synapse_client=syn))
    run(api.update_entity_acl(folder, acl, synapse_client=syn))
    assert run(api.get_entity_acl(folder, synapse_client=syn))["id"] == folder
    assert run(api.get_user_profile_by_id(synapse_client=syn))["userName"] == alice.name
    assert run(api.get_user_profile_by_id(bob.id, synapse_client=syn))["userName"] == bob.name
    found = run(api.get_user_profile_by_username(bob.name, synapse_client=syn))
    assert found["ownerId"] == str(bob.id)
    with pytest.raises(SynapseNotFoundError):
        run(api.get_user_profile_by_username("nobody-at-all", synapse_client=syn))
    with pytest.raises(TypeError):
        run(api.get_user_profile_by_id("7", synapse_client=syn))  # type: ignore[arg-type]
    assert run(api.is_user_certified(bob.name, synapse_client=syn)) is False
    assert run(api.get_user_bundle(bob.id, 1, synapse_client=syn))["userId"] == str(bob.id)
    assert run(api.get_user_bundle(999999999, 1, synapse_client=syn)) is None
    headers = run(api.get_user_group_headers_batch([str(bob.id)], synapse_client=syn))
    assert [each["userName"] for each in headers] == [bob.name]
    for who, number in ((None, PUBLIC), (bob.name, bob.id), (str(AUTHENTICATED_USERS), 273948)):
        assert run(api.get_user_by_principal_id_or_name(who, synapse_client=syn)) == number
    with pytest.raises(SynapseError, match="Unknown Synapse user"):
        run(api.get_user_by_principal_id_or_name("nobody-at-all", synapse_client=syn))
    assert listed(api.get_teams_for_user(str(bob.id), synapse_client=syn)) == []


def test_pages(syn: Synapse) -> None:
    project = syn.store(Project()).id
    for number in range(5):
        syn.store(Folder(f"f{number}", parent=project))
    body = {"parentId": project, "includeTypes": ["folder"]}
    children = listed(api.rest_post_paginated_async("/entity/children", body, synapse_client=syn))
    assert [each["name"] for each in children] == [f"f{number}" for number in range(5)]
    assert "nextPageToken" not in body
    uri = f"/entity/{project}/accessRequirement"
    assert listed(api.rest_get_paginated_async(uri, synapse_client=syn)) == []
    groups = listed(api.rest_get_paginated_async("/userGroup", limit=2, synapse_client=syn))
    assert {str(PUBLIC), str(AUTHENTICATED_USERS)} <= {each["id"] for each in groups}
    assert len({each["id"] for each in groups}) == len(groups)


def test_the_configuration_as_dictionaries(tmp_path: Path) -> None:
    path = str(tmp_path / "config")
    Path(path).write_text(
        "[authentication]\nusername = a\n[profile work]\nusername = b\n"
        "[transfer]\nmax_threads = 3\nuse_boto_sts = True\n"
        "[https://s3.example.org/bucket]\nprofile_name = p\n"
    )
    assert api.get_config_authentication(path) == {
        "section_name": "authentication",
        "username": "a",
    }
    assert api.get_config_authentication(path, "work") == {"section_name": "work", "username": "b"}
    assert api.get_transfer_config(path) == {"max_threads": 3, "use_boto_sts": True}
    assert api.get_config_section_dict("none", path) == {}
    assert api.get_config_file(path).has_section("transfer")
    profile = api.get_client_authenticated_s3_profile
    assert profile("https://s3.example.org/", "bucket", path) == "p"
    assert profile("https://s3.example.org/", "other", path) == "default"
    for line in ("max_threads = x", "use_boto_sts = x"):
        Path(path).write_text(f"[transfer]\n{line}\n")
        with pytest.raises(ValueError, match="Invalid transfer"):
            api.get_transfer_config(path)


def test_a_name_that_is_not_there_yet() -> None:
    with pytest.raises(AttributeError):
        _ = api.bind_json_schema_to_entity  # type: ignore[attr-defined]


# ------------------------------------------------------------------ retries


def answer(status: int, text: str = "") -> Answer:
    return Answer(status, {"content-type": "text/plain"}, text.encode(), "x")


class Script:
    """Returns or raises one thing after the other."""

    def __init__(self, *outcomes: Any) -> None:
        self.left = list(outcomes)

    def __call__(self) -> Any:
        outcome = self.left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def later(self) -> Any:
        return self()


FAST = {"retry_base_wait": 0, "retry_wait_random_lower": 0, "retry_wait_random_upper": 0}


def test_retries() -> None:
    for outcomes, options, left, status in (
        ([503, 429, 200], {}, 0, 200),
        ([404, 200], {}, 1, 404),
        ([404, 200], {"expected_status_codes": [200]}, 0, 200),
        ([409, 200], {"retry_status_codes": [409]}, 0, 200),
        ([503, 503, 503, 503, 503], {}, 1, 503),
        ([503, 503, 200], {"retries": 1}, 1, 503),
    ):
        script = Script(*map(answer, outcomes))
        found = retry.with_retry(script, wait=0, **options)
        assert (found.status_code, len(script.left)) == (status, left)
        if "retries" not in options and len(outcomes) < 5:
            script = Script(*map(answer, outcomes))
            found = run(retry.with_retry_time_based_async(script.later, **FAST, **options))
            assert (found.status_code, len(script.left)) == (status, left)
    told = [answer(400, "Please SLOW down"), answer(200)]
    assert retry.with_retry(Script(*told), wait=0, retry_errors=["slow down"]).status_code == 200
    assert retry.with_retry(Script("anything")) == "anything"


def test_retries_of_errors() -> None:
    http = SynapseHTTPError("503", response=answer(503))
    for error, options in (
        (http, {}),
        (KeyError("x"), {"retry_exceptions": [KeyError]}),
        (KeyError("x"), {"retry_exceptions": ["KeyError"]}),
        (OSError("Connection RESET by peer"), {"retry_errors": ["connection reset by peer"]}),
        (CannotConnect("x"), {"retry_exceptions": retry.RETRYABLE_CONNECTION_EXCEPTIONS}),
    ):
        assert retry.with_retry(Script(error, 5), wait=0, **options) == 5
        assert retry.with_retry_time_based(Script(error, 5), **FAST, **options) == 5
    script = Script(KeyError("x"), 5)
    with pytest.raises(KeyError):
        retry.with_retry(script, wait=0)
    assert script.left == [5]
    script = Script(http, http, 5)
    with pytest.raises(SynapseHTTPError):
        run(
            retry.with_retry_time_based_async(script.later, **FAST, retry_max_wait_before_failure=0)
        )
    never = SynapseHTTPError("x", response=answer(500, "syn1 is not a table or view"))
    script = Script(never, 5)
    with pytest.raises(SynapseHTTPError):
        run(retry.with_retry_time_based_async(script.later, **FAST))
    assert script.left == [5]


def test_waits_double() -> None:
    waits = [retry.calculate_exponential_backoff(n, 1, 0, 0, 2, 10) for n in range(6)]
    assert waits == [1, 2, 4, 8, 10, 10]
    assert 0.1 <= retry.calculate_exponential_backoff(0, 0, 0.1, 0.2, 2, 10) <= 0.2
    with pytest.raises(AttributeError):
        _ = retry.no_such_name


# ------------------------------------------------------------------ the lock


def test_the_lock(tmp_path: Path) -> None:
    first = Lock("x", str(tmp_path))
    second = Lock("x", str(tmp_path), max_age=datetime.timedelta(hours=1))
    with first:
        assert (tmp_path / "x.lock").is_dir()
        assert first.acquire()
        assert not second.acquire()
        with pytest.raises(SynapseFileCacheError, match="was not free"):
            second.blocking_acquire(datetime.timedelta(0))
    assert not (tmp_path / "x.lock").exists()
    assert second.get_age() == 0
    assert second.acquire()
    thread = threading.Timer(0.2, second.release)
    thread.start()
    first.blocking_acquire()
    thread.join()
    long_ago = time.time() - 60
    os.utime(tmp_path / "x.lock", (long_ago, long_ago))
    assert not second.acquire(break_old_locks=False)
    assert Lock("x", str(tmp_path)).acquire(), "the old one is taken over"
    first.release()
    first.release()


# ------------------------------------------------------------------ helpers


class Color(Enum):
    RED = "red"


@dataclass
class Pair:
    a: int
    b: int


def test_helpers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    u = more_utils
    for made, expected in (
        (u.bool_or_none("TRUE"), True),
        (u.bool_or_none("no"), None),
        (
            [u.is_integer(x) for x in (1, 1.0, 1.5, "7", "x", None)],
            [True, True, False, True, False, False],
        ),
        ([u.is_date(x) for x in (datetime.date.today(), "2020-01-01")], [True, False]),
        (
            [u.is_base64_encoded(x) for x in ("YQ==", b"YQ==", "a", "", None, "ü")],
            [True, True, False, False, False, False],
        ),
        ([u.is_json(x) for x in ("application/json; x", "text/plain", None)], [True, False, False]),
        (u.is_same_base_url("https://a/b", "https://a/c"), True),
        (u.is_same_base_url("https://a/b", "http://a/c"), False),
        (u.coerce_enum_list(Color, ["red", Color.RED]), ["red", "red"]),
        (u.snake_case("parentId"), "parent_id"),
        (
            [u.extract_prefix(x) for x in (["a.b", "a.c"], ["a.b", "c.d"], ["a"], [])],
            ["a.", "", "", ""],
        ),
        (u.format_time_interval(3700), "1 hour, 1 minute, 40 seconds"),
        (u.format_time_interval(1), "1 second"),
        (
            [node for node, _ in u.topolgical_sort({"a": ["b"], "b": [], "c": ["a"]})],
            ["b", "a", "c"],
        ),
        (u.concrete_type_of({"type": concrete_types.FILE_ENTITY}), concrete_types.FILE_ENTITY),
        (
            u.convert_to_annotations_list({"a": 1, "b": [], "c": True}),
            {"a": {"type": "LONG", "value": ["1"]}, "c": {"type": "BOOLEAN", "value": ["true"]}},
        ),
        (u.extract_user_name({"firstName": "A", "lastName": "B"}), "A B"),
        (u.extract_user_name({"userName": "x", "displayName": "y"}), "x"),
        (u.extract_user_name({}), "Unknown-user"),
        (u.get_properties(Folder("f", parent="syn1"))["name"], "f"),
        (u.is_in_path("syn1", {"path": [{"id": "syn1"}]}), True),
        (u.extract_filename('attachment; filename="a b.txt"'), "a b.txt"),
        (u.extract_filename(None, "x"), "x"),
        (u.escape_column_name({"name": 'a"b'}), '"a""b"'),
        (u.join_column_names(["a", "b"]), '"a","b"'),
        (u.extract_synapse_id_from_query("select * From syn12 where x"), "syn12"),
        (
            u.query_limit_and_offset("select * from syn1 LIMIT 5 offset 7"),
            ("select * from syn1", 5, 7),
        ),
        (u.query_limit_and_offset("select x"), ("select x", 1000, 1)),
        (u.temp_download_filename(str(tmp_path), 5), f"{tmp_path}/synapse_download_5"),
        (u.temp_download_filename("/x/y", 5), "/x/y.synapse_download_5"),
        (u.caller_module_name(inspect.currentframe()), "python"),
        (len(Path(u.make_bogus_uuid_file()).read_text()), 37),
        (method_flags.COLLISION_KEEP_BOTH, "keep.both"),
    ):
        assert made == expected
    for work in (
        lambda: u.require_param(None, "x"),
        lambda: u.coerce_enum_list(Color, ["blue"]),
        lambda: u.concrete_type_of({}),
        lambda: u.extract_synapse_id_from_query("select"),
    ):
        with pytest.raises(ValueError):
            work()
    with pytest.raises(RuntimeError, match="cyclic"):
        u.topolgical_sort({"a": ["b"], "b": ["a"]})
    known = {"a": None, "b": 1}
    u.delete_none_keys(known)
    assert known == {"b": 1}
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("../up/a.txt", "x")
    with zipfile.ZipFile(tmp_path / "z.zip") as archive:
        path = u.extract_zip_file_to_directory(archive, "../up/a.txt", str(tmp_path / "out"))
    assert path == str(tmp_path / "out" / "a.txt")
    with pytest.raises(ImportError):
        u.attempt_import("no_such_module_at_all", "It is needed. ")
    u.test_import_sqlite3()
    logger = logging.getLogger("tests.names")
    logger.setLevel("INFO")
    u.log_dataclass_diff(logger, "p.", Pair(1, 2), Pair(1, 3))
    u.log_dataclass_diff(logger, "p.", Pair(1, 2), 5)
    assert "p.b: 2 -> 3" in caplog.text
    assert "p.a" not in caplog.text
    u.Spinner("x").print_tick()


def test_helpers_are_found_where_scripts_look() -> None:
    assert utils.snake_case is more_utils.snake_case
    assert utils.LOGGER_NAME == "synapseclient_default"
    with pytest.raises(AttributeError):
        _ = utils.no_such_name


def test_helpers_for_threads_and_keywords() -> None:
    @more_utils.threadsafe_generator
    def numbers() -> Iterator[int]:
        yield from range(1000)

    shared = numbers()
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.extend(shared)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1000))

    @more_utils.deprecated_keyword_param(["old"], "1.0", "use new")
    def function(**options: int) -> int:
        return sum(options.values())

    with pytest.warns(DeprecationWarning, match="use new"):
        assert function(old=1) == 1
    assert function(new=2) == 2


def test_async_from_plain_code() -> None:
    async def one() -> int:
        await asyncio.sleep(0)
        return 1

    async def some(count: int) -> AsyncGenerator[int | None, None]:
        for number in range(count):
            yield number or None

    assert async_utils.wrap_async_to_sync(one()) == 1
    generator = async_utils.wrap_async_generator_to_sync_generator(some, 3)
    assert list(generator) == [None, 1, 2]


def test_the_names_of_synapseutils() -> None:
    names = [
        "changeFileMetaData",
        "copy",
        "copyFileHandles",
        "copyWiki",
        "describe",
        "generate_sync_manifest",
        "notifyMe",
        "notify_me_async",
        "syncFromSynapse",
        "syncToSynapse",
        "walk",
        "with_progress_bar",
    ]
    for name in names:
        assert callable(getattr(synapseutils, name)), name
    for function, parameters in (
        (synapseutils.copy, "syn entity destinationId skipCopyWikiPage skipCopyAnnotations kwargs"),
        (
            synapseutils.copyFileHandles,
            "syn fileHandles associateObjectTypes associateObjectIds newContentTypes newFileNames",
        ),
        (synapseutils.changeFileMetaData, "syn entity downloadAs contentType forceVersion name"),
        (
            synapseutils.copyWiki,
            "syn entity destinationId entitySubPageId destinationSubPageId"
            " updateLinks updateSynIds entityMap",
        ),
        (synapseutils.walk, "syn synId includeTypes"),
        (synapseutils.notifyMe, "syn messageSubject retries"),
        (synapseutils.with_progress_bar, "func totalCalls prefix postfix isBytes"),
        (synapseutils.describe, "syn entity"),
    ):
        assert list(inspect.signature(function).parameters) == parameters.split()


@pytest.mark.parametrize(
    "used",
    [
        "synapseclient.table.Column",
        "synapseclient.client.Synapse",
        "synapseclient.core.utils.id_of",
        "synapseclient.core.constants.method_flags",
        "synapseclient.core.models.acl",
        "synapseclient.models.table_components.Column",
        "synapseclient.operations.get",
        "synapseclient.api.get_entity",
        "synapseutils.sync.syncFromSynapse",
        "synapseutils.copy_functions.copyWiki",
    ],
)
def test_modules_need_no_import_of_their_own(used: str) -> None:
    package = used.partition(".")[0]
    code = f"import {package}; {used}; assert not hasattr({package}, 'nothing')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_all_names_of_utilities() -> None:
    names: dict[str, Any] = {}
    exec("from synapseutils import *", names)
    assert names["syncFromSynapse"] is synapseutils.sync.syncFromSynapse
    assert set(dir(synapseutils)) <= set(names)
