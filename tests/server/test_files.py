"""Files: uploads in parts, signed URLs, who may have which bytes. On a folder and on S3."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.conftest import User

from synapseclient.core.blocking import run
from synapseclient.core.transport import Answer

MB = 1024 * 1024
KIND = "org.sagebionetworks.repo.model.file."


def raw(user: User, verb: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    """A request to where the bytes are."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return run(user.server.transport.send(verb, url, sent, body, tries=1))


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def request(data: bytes, **fields: Any) -> dict[str, Any]:
    return {
        "concreteType": KIND + "MultipartUploadRequest",
        "fileName": "data.bin",
        "fileSizeBytes": len(data),
        "partSizeBytes": 5 * MB,
        "contentMD5Hex": md5(data),
        "contentType": "application/octet-stream",
        **fields,
    }


def part_url(user: User, upload: str, part: int) -> dict[str, Any]:
    body = {"uploadId": upload, "partNumbers": [part]}
    answer = user.post(f"/file/v1/file/multipart/{upload}/presigned/url/batch", body)
    found: dict[str, Any] = answer["partPresignedUrls"][0]
    return found


def send_part(user: User, upload: str, part: int, data: bytes) -> dict[str, Any]:
    url = part_url(user, upload, part)
    answer = raw(user, "PUT", url["uploadPresignedUrl"], data, **url["signedHeaders"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"].strip('"') == md5(data)
    path = f"/file/v1/file/multipart/{upload}/add/{part}?partMD5Hex={md5(data)}"
    added: dict[str, Any] = user.put(path, status=201)
    return added


def upload(user: User, data: bytes, **fields: Any) -> str:
    """A file handle of these bytes."""
    started = user.post("/file/v1/file/multipart", request(data, **fields))
    if started["state"] == "UPLOADING":
        missing = [i for i, state in enumerate(started["partsState"], 1) if state == "0"]
        for number in missing:
            part = data[(number - 1) * 5 * MB : number * 5 * MB]
            assert (
                send_part(user, started["uploadId"], number, part)["addPartState"] == "ADD_SUCCESS"
            )
        started = user.put(f"/file/v1/file/multipart/{started['uploadId']}/complete", status=201)
    return str(started["resultFileHandleId"])


def text_url(user: User, path: str) -> str:
    answer = user.send("GET", path + ("&" if "?" in path else "?") + "redirect=false")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


@pytest.mark.parametrize("size", [0, 1, 5 * MB - 1, 5 * MB, 5 * MB + 1, 12 * MB + 345])
def test_bytes_there_and_back(alice: User, size: int) -> None:
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    handle_id = upload(alice, data, fileName=f"size {size}.bin")
    handle = alice.get(f"/file/v1/fileHandle/{handle_id}")
    assert handle["concreteType"] == KIND + "S3FileHandle"
    assert (handle["contentSize"], handle["contentMd5"]) == (size, md5(data))
    assert (handle["fileName"], handle["status"]) == (f"size {size}.bin", "AVAILABLE")
    assert handle["createdBy"] == str(alice.id)
    url = text_url(alice, f"/file/v1/fileHandle/{handle_id}/url")
    answer = raw(alice, "GET", url)
    assert answer.content == data
    assert f"size%20{size}.bin" in answer.headers["content-disposition"] or (
        f"size {size}.bin" in answer.headers["content-disposition"]
    )


def test_ranges(alice: User) -> None:
    data = bytes(range(256)) * (6 * MB // 256)
    url = text_url(alice, f"/file/v1/fileHandle/{upload(alice, data)}/url")
    size = len(data)
    for spec, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        (f"bytes={5 * MB - 3}-{5 * MB + 2}", 5 * MB - 3, 5 * MB + 3),  # over the parts' seam
        (f"bytes={size - 5}-", size - 5, size),
        ("bytes=-7", size - 7, size),
        (f"bytes={size - 2}-{size + 100}", size - 2, size),
    ):
        answer = raw(alice, "GET", url, range=spec)
        assert answer.status_code == 206, spec
        assert answer.content == data[start:end], spec
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    assert raw(alice, "GET", url, range=f"bytes={size}-").status_code == 416
    etag = raw(alice, "GET", url, range="bytes=0-0").headers["etag"]
    assert raw(alice, "GET", url, if_none_match=etag).status_code == 304


def test_signed_urls_say_when_they_expire_and_cannot_be_changed(alice: User) -> None:
    url = text_url(alice, f"/file/v1/fileHandle/{upload(alice, b'signed')}/url")
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Date"][0].endswith("Z")
    assert query["X-Amz-Expires"] == ["900"]
    for bad in (
        url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"),
        url.replace(urlsplit(url).path, urlsplit(url).path[:-1]),
        url[:-4] + "0000",
        url.split("?")[0],
    ):
        assert raw(alice, "GET", bad).status_code in (403, 404)
    assert raw(alice, "PUT", url, b"overwritten").status_code == 403


def test_the_md5_may_come_last(alice: User) -> None:
    """The extension ``late-md5``."""
    data = b"late " * (6 * MB // 5)
    body = request(data, contentMD5Hex=None, contentFingerprint="as of now")
    del body["contentMD5Hex"]
    for bad in ({}, {"contentFingerprint": ""}, {"contentFingerprint": "x" * 257}):
        wrong = {key: value for key, value in body.items() if key != "contentFingerprint"}
        alice.post("/file/v1/file/multipart", {**wrong, **bad}, 400)
    started = alice.post("/file/v1/file/multipart", body)
    id = started["uploadId"]
    assert alice.post("/file/v1/file/multipart", body)["uploadId"] == id
    changed = alice.post("/file/v1/file/multipart", {**body, "contentFingerprint": "changed"})
    assert changed["uploadId"] != id
    send_part(alice, id, 1, data[: 5 * MB])
    send_part(alice, id, 2, data[5 * MB :])
    path = f"/file/v1/file/multipart/{id}/complete"
    assert "contentMD5Hex" in alice.put(path, status=400)["reason"]
    alice.put(path + "?contentMD5Hex=nonsense", status=400)
    done = alice.put(f"{path}?contentMD5Hex={md5(data).upper()}", status=201)
    handle = alice.get(f"/file/v1/fileHandle/{done['resultFileHandleId']}")
    assert (handle["contentMd5"], handle["contentSize"]) == (md5(data), len(data))
    again = alice.put(path, status=201)
    assert again["resultFileHandleId"] == done["resultFileHandleId"]


def test_an_md5_told_last_must_be_the_one_told_first(alice: User) -> None:
    data = b"one part"
    started = alice.post("/file/v1/file/multipart", request(data))
    send_part(alice, started["uploadId"], 1, data)
    path = f"/file/v1/file/multipart/{started['uploadId']}/complete?contentMD5Hex="
    assert md5(data) in alice.put(path + md5(b"other"), status=400)["reason"]
    alice.put(path + md5(data), status=201)


def test_parts_are_checked_by_crc32_where_that_is_announced(alice: User) -> None:
    extensions = alice.get("/version")["extensions"]
    assert "late-md5" in extensions
    if alice.server.settings.blobs:
        assert "part-crc32" not in extensions
        return
    assert "part-crc32" in extensions
    data = b"checked " * 200_000 + b"!" * (5 * MB)
    body = request(data, contentMD5Hex=None, contentFingerprint="as it was")
    upload_id = alice.post("/file/v1/file/multipart", body)["uploadId"]
    path = f"/file/v1/file/multipart/{upload_id}"
    for number, part in enumerate((data[: 5 * MB], data[5 * MB :]), 1):
        url = part_url(alice, upload_id, number)["uploadPresignedUrl"]
        sum32 = zlib.crc32(part)
        header = base64.b64encode(sum32.to_bytes(4, "big")).decode()
        answer = raw(alice, "PUT", url, part[:-1] + b"?", x_amz_checksum_crc32=header)
        assert answer.status_code == 400
        assert "CRC32" in answer.json()["reason"]
        answer = raw(alice, "PUT", url, part, x_amz_checksum_crc32=header)
        assert answer.status_code == 200
        name = f"crc32-{sum32:08x}"
        assert answer.headers["etag"] == f'"{name}"'
        for wrong in (f"crc32-{sum32 ^ 1:08x}", md5(part), "crc32-", "../1"):
            added = alice.put(f"{path}/add/{number}?partMD5Hex={wrong}", status=201)
            assert added["addPartState"] == "ADD_FAILED"
        added = alice.put(f"{path}/add/{number}?partMD5Hex={name}", status=201)
        assert added["addPartState"] == "ADD_SUCCESS"
    done = alice.put(f"{path}/complete?contentMD5Hex={md5(data)}", status=201)
    url = text_url(alice, f"/file/v1/fileHandle/{done['resultFileHandleId']}/url")
    assert raw(alice, "GET", url).content == data


def test_a_file_of_one_part_must_have_its_md5(alice: User) -> None:
    if alice.server.settings.blobs:
        return  # where CRC32s are not taken, the part has the MD5 anyway
    data = b"something else"
    sum32 = zlib.crc32(data)
    body = request(data, contentMD5Hex=md5(b"something told"))
    upload_id = alice.post("/file/v1/file/multipart", body)["uploadId"]
    url = part_url(alice, upload_id, 1)["uploadPresignedUrl"]
    header = base64.b64encode(sum32.to_bytes(4, "big")).decode()
    assert raw(alice, "PUT", url, data, x_amz_checksum_crc32=header).status_code == 200
    path = f"/file/v1/file/multipart/{upload_id}/add/1?partMD5Hex=crc32-{sum32:08x}"
    assert alice.put(path, status=201)["addPartState"] == "ADD_FAILED"


def test_uploads_go_on_where_they_were(alice: User, bob: User) -> None:
    data = b"r" * (11 * MB)
    body = request(data)
    first = alice.post("/file/v1/file/multipart", body)
    assert (first["state"], first["partsState"], first["startedBy"]) == (
        "UPLOADING",
        "000",
        str(alice.id),
    )
    send_part(alice, first["uploadId"], 2, data[5 * MB : 10 * MB])
    again = alice.post("/file/v1/file/multipart", body)
    assert (again["uploadId"], again["partsState"]) == (first["uploadId"], "010")
    error = alice.put(f"/file/v1/file/multipart/{first['uploadId']}/complete", status=400)
    assert "Missing 2 part" in error["reason"]
    bob.put(f"/file/v1/file/multipart/{first['uploadId']}/complete", status=403)
    assert bob.post("/file/v1/file/multipart", body)["uploadId"] != first["uploadId"]
    fresh = alice.post("/file/v1/file/multipart?forceRestart=true", body)
    assert (fresh["uploadId"] != first["uploadId"], fresh["partsState"]) == (True, "000")
    alice.put(f"/file/v1/file/multipart/{first['uploadId']}/complete", status=404)
    handle = upload(alice, data)
    assert upload(alice, data) == handle  # the same request, the same answer
    assert alice.post("/file/v1/file/multipart", body)["partsState"] == "111"


def test_a_part_counts_only_with_its_md5(alice: User) -> None:
    data = b"p" * (6 * MB)
    upload_id = alice.post("/file/v1/file/multipart", request(data))["uploadId"]
    path = f"/file/v1/file/multipart/{upload_id}/add/1?partMD5Hex="
    for wrong in (md5(data[: 5 * MB]), "0" * 32, "nonsense"):
        answer = alice.put(path + wrong, status=201)
        assert answer["addPartState"] == "ADD_FAILED"
        assert answer["errorMessage"]
    url = part_url(alice, upload_id, 1)
    assert raw(alice, "PUT", url["uploadPresignedUrl"], data[: 5 * MB]).status_code == 200
    assert alice.put(path + "0" * 32, status=201)["addPartState"] == "ADD_FAILED"
    assert alice.put(path + md5(data[: 5 * MB]), status=201)["addPartState"] == "ADD_SUCCESS"
    alice.put(f"/file/v1/file/multipart/{upload_id}/add/7?partMD5Hex={'0' * 32}", status=400)


@pytest.mark.parametrize(
    "change",
    [
        {"contentMD5Hex": "short"},
        {"contentMD5Hex": None},
        {"fileSizeBytes": -1},
        {"fileSizeBytes": 5 * MB * 10_001},
        {"partSizeBytes": 1024},
        {"partSizeBytes": None},
        {"fileName": "a/b"},
        {"fileName": ""},
        {"fileSizeBytes": "many"},
    ],
)
def test_uploads_that_cannot_be(alice: User, change: dict[str, Any]) -> None:
    assert alice.post("/file/v1/file/multipart", {**request(b"x"), **change}, 400)["reason"]


def test_nobody_uploads_without_signing_in(alice: User) -> None:
    alice.server.anonymous.post("/file/v1/file/multipart", request(b"x"), 403)


def test_two_clients_may_finish_the_same_upload(alice: User) -> None:
    data = b"twice" * 1000
    upload_id = alice.post("/file/v1/file/multipart", request(data))["uploadId"]
    send_part(alice, upload_id, 1, data)

    def complete(_: int) -> str:
        path = f"/file/v1/file/multipart/{upload_id}/complete"
        return str(alice.put(path, status=201)["resultFileHandleId"])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(complete, range(8)))) == 1


def test_bytes_through_an_entity(alice: User, bob: User) -> None:
    data = b"entity bytes"
    handle = upload(alice, data, fileName="e.txt", contentType="text/plain")
    project = alice.project()["id"]
    file = alice.file(project, handle=handle)["id"]
    association = {
        "fileHandleId": handle,
        "associateObjectId": file,
        "associateObjectType": "FileEntity",
    }
    body = {
        "requestedFiles": [association],
        "includeFileHandles": True,
        "includePreSignedURLs": True,
    }

    def ask(user: User, **change: str) -> dict[str, Any]:
        changed = {**body, "requestedFiles": [{**association, **change}]}
        found: dict[str, Any] = user.post("/file/v1/fileHandle/batch", changed)["requestedFiles"][0]
        return found

    mine = ask(alice)
    assert raw(alice, "GET", mine["preSignedURL"]).content == data
    assert mine["fileHandle"]["fileName"] == "e.txt"
    assert ask(bob) == {"fileHandleId": handle, "failureCode": "UNAUTHORIZED"}
    alice.share(project, bob.id, "READ")
    assert ask(bob)["failureCode"] == "UNAUTHORIZED"
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    assert raw(bob, "GET", ask(bob)["preSignedURL"]).content == data
    # a right to one entity is no right to another's handle
    other = bob.file(bob.project()["id"])["id"]
    assert ask(bob, associateObjectId=other)["failureCode"] == "UNAUTHORIZED"
    assert ask(bob, fileHandleId="999999999")["failureCode"] == "NOT_FOUND"
    assert ask(bob, associateObjectType="TableEntity")["failureCode"] == "UNAUTHORIZED"
    assert ask(bob, associateObjectType="VerificationSubmission")["failureCode"] == "NOT_FOUND"
    bob.get(f"/file/v1/fileHandle/{handle}", 403)
    bob.get(f"/file/v1/fileHandle/{handle}/url", 403)
    alice.server.anonymous.get(f"/file/v1/fileHandle/{handle}", 401)
    path = f"/file/v1/file/{handle}?fileAssociateType=FileEntity&fileAssociateId={file}"
    assert raw(bob, "GET", text_url(bob, path)).content == data
    answer = bob.send("GET", f"/entity/{file}/version/1/file")
    assert answer.status_code == 307
    assert raw(bob, "GET", answer.headers["location"]).content == data
    bob.post("/file/v1/fileHandle/batch", {**body, "requestedFiles": [association] * 101}, 400)
    bob.post("/file/v1/fileHandle/batch", {"requestedFiles": [association]}, 400)
    alice.delete(f"/entity/{file}")
    assert ask(bob)["failureCode"] == "NOT_FOUND"


def test_versions_know_their_files(alice: User) -> None:
    data = b"look me up " + str(alice.id).encode()
    file = alice.file(alice.project()["id"], handle=upload(alice, data))
    found = alice.get(f"/entity/md5/{md5(data)}")["results"]
    assert [(each["id"], each["versionNumber"]) for each in found] == [(file["id"], 1)]
    alice.get("/entity/md5/xyz", 400)
    assert alice.server.user().get(f"/entity/md5/{md5(data)}")["results"] == []
    (version,) = alice.get(f"/entity/{file['id']}/version")["results"]
    assert (version["contentSize"], version["contentMd5"]) == (str(len(data)), md5(data))
    # the same content by another handle: no new version
    copy = alice.post(
        f"/file/v1/fileHandle/{file['dataFileHandleId']}/copy",
        {"concreteType": KIND + "S3FileHandle", "fileName": "renamed.bin", "contentType": "text/x"},
    )
    assert (copy["fileName"], copy["contentType"], copy["contentMd5"]) == (
        "renamed.bin",
        "text/x",
        md5(data),
    )
    same = alice.put(f"/entity/{file['id']}", {**file, "dataFileHandleId": copy["id"]})
    assert same["versionNumber"] == 1
    path = f"/entity/{file['id']}/version/1/filehandle"
    change = {"oldFileHandleId": copy["id"], "newFileHandleId": file["dataFileHandleId"]}
    alice.put(path, change)
    alice.put(path, change, 412)
    other = upload(alice, b"other content")
    alice.put(path, {"oldFileHandleId": file["dataFileHandleId"], "newFileHandleId": other}, 412)
    handles = alice.get(f"/entity/{file['id']}/filehandles")["list"]
    assert [each["id"] for each in handles] == [file["dataFileHandleId"]]


def test_copies_belong_to_who_made_them(alice: User, bob: User) -> None:
    data = b"copied"
    handle = upload(alice, data)
    project = alice.project()["id"]
    file = alice.file(project, handle=handle)["id"]
    association = {
        "fileHandleId": handle,
        "associateObjectId": file,
        "associateObjectType": "FileEntity",
    }
    body = {"copyRequests": [{"originalFile": association, "newFileName": "mine.bin"}]}
    (refused,) = bob.post("/file/v1/filehandles/copy", body, 200)["copyResults"]
    assert refused == {"originalFileHandleId": handle, "failureCode": "UNAUTHORIZED"}
    alice.share(project, bob.id, "READ", "DOWNLOAD")
    (copied,) = bob.post("/file/v1/filehandles/copy", body, 200)["copyResults"]
    new = copied["newFileHandle"]
    assert (new["createdBy"], new["fileName"]) == (str(bob.id), "mine.bin")
    # the bytes stay while somebody has them
    assert "belongs to an entity" in alice.delete(f"/file/v1/fileHandle/{handle}", 409)["reason"]
    url = text_url(bob, f"/file/v1/fileHandle/{new['id']}/url")
    bob.delete(f"/file/v1/fileHandle/{new['id']}", 200)
    assert raw(bob, "GET", url).content == data
    bob.get(f"/file/v1/fileHandle/{new['id']}", 404)


def test_deleting_the_last_handle_deletes_the_bytes(alice: User) -> None:
    handle = upload(alice, b"soon gone")
    url = text_url(alice, f"/file/v1/fileHandle/{handle}/url")
    alice.server.user().delete(f"/file/v1/fileHandle/{handle}", 403)
    alice.delete(f"/file/v1/fileHandle/{handle}/filepreview", 200)
    alice.delete(f"/file/v1/fileHandle/{handle}", 200)
    assert raw(alice, "GET", url).status_code == 404


def test_external_files(alice: User) -> None:
    body = {"concreteType": KIND + "ExternalFileHandle", "externalURL": "https://example.org/x.csv"}
    handle = alice.post("/file/v1/externalFileHandle", body, 200)
    assert (handle["externalURL"], handle["fileName"]) == ("https://example.org/x.csv", "x.csv")
    assert text_url(alice, f"/file/v1/fileHandle/{handle['id']}/url") == "https://example.org/x.csv"
    alice.post("/file/v1/externalFileHandle", {**body, "externalURL": "nowhere"}, 400)
    alice.post("/file/v1/externalFileHandle", {**body, "contentMd5": "zz"}, 400)
    alice.server.anonymous.post("/file/v1/externalFileHandle", body, 401)


def test_where_uploads_go(alice: User, bob: User) -> None:
    project = alice.project()["id"]
    folder = alice.folder(project)["id"]
    destination = alice.get(f"/file/v1/entity/{folder}/uploadDestination")
    assert destination == {
        "concreteType": KIND + "S3UploadDestination",
        "storageLocationId": 1,
        "uploadType": "S3",
        "banner": "",
        "destinationProjectId": project,
        "stsEnabled": False,
    }
    assert alice.get(f"/file/v1/entity/{folder}/uploadDestination/1") == destination
    alice.get(f"/file/v1/entity/{folder}/uploadDestination/2", 404)
    assert alice.get(f"/file/v1/entity/{folder}/uploadDestinations")["list"] == [destination]
    locations = alice.get(f"/file/v1/entity/{folder}/uploadDestinationLocations")["list"]
    assert [each["storageLocationId"] for each in locations] == [1]
    bob.get(f"/file/v1/entity/{folder}/uploadDestination", 403)


def test_answers_are_json_that_scripts_can_read(alice: User) -> None:
    answer = alice.send("GET", "/userProfile")
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert json.loads(answer.content)


@pytest.mark.parametrize(
    "fields",
    [
        {"externalURL": "javascript:alert(1)"},
        {"externalURL": "javascript://x%0aalert(1)"},
        {"externalURL": "data:text/html,x"},
        {"externalURL": "https://example.org/a\r\nSet-Cookie: x"},
        {"externalURL": "example.org"},
        {"externalURL": "https://example.org/" + "x" * 5000},
        {"contentSize": -1},
        {"contentSize": 2**63},
    ],
)
def test_external_urls_that_are_no_good(alice: User, fields: dict[str, Any]) -> None:
    kind = KIND + "ExternalFileHandle"
    body = {"concreteType": kind, "externalURL": "https://example.org/x", **fields}
    alice.post("/file/v1/externalFileHandle", body, 400)


def test_names_of_external_files_stay_in_their_folder(alice: User) -> None:
    for url, name in (
        ("https://example.org/a/b.csv?x=1", "b.csv"),
        ("https://example.org/..", "_"),
        ("file:///data/x", "x"),
    ):
        handle = alice.external(url)
        assert alice.get(f"/file/v1/fileHandle/{handle}")["fileName"] == name
    handle = alice.external(fileName="../../etc/passwd")
    assert "/" not in alice.get(f"/file/v1/fileHandle/{handle}")["fileName"]


def test_addresses_in_any_script(alice: User) -> None:
    handle = alice.external("https://example.org/Zürich")
    answer = alice.send("GET", f"/file/v1/fileHandle/{handle}/url")
    assert answer.headers["location"] == "https://example.org/Z%C3%BCrich"
    assert text_url(alice, f"/file/v1/fileHandle/{handle}/url") == "https://example.org/Zürich"


def test_an_upload_whose_handle_was_deleted_begins_anew(alice: User) -> None:
    handle = upload(alice, b"again and again")
    alice.delete(f"/file/v1/fileHandle/{handle}", 200)
    again = upload(alice, b"again and again")
    assert again != handle
    assert raw(alice, "GET", text_url(alice, f"/file/v1/fileHandle/{again}/url")).content


def test_a_part_that_is_too_short_is_not_taken(alice: User) -> None:
    data = b"x" * (6 * MB)
    begun = alice.post("/file/v1/file/multipart", request(data))["uploadId"]
    short = send_part(alice, begun, 1, data[:100])
    assert short["addPartState"] == "ADD_FAILED"
    assert "100 bytes" in short["errorMessage"]
    send_part(alice, begun, 1, data[: 5 * MB])
    send_part(alice, begun, 2, data[5 * MB :])
    alice.put(f"/file/v1/file/multipart/{begun}/complete", status=201)


def test_requests_for_uploads_need_not_say_their_kind(alice: User) -> None:
    body = request(b"plain")
    del body["concreteType"]
    assert alice.post("/file/v1/file/multipart", body)["state"] == "UPLOADING"
    alice.post("/file/v1/file/multipart", {**body, "fileSizeBytes": 6 * 1024**4}, 400)
