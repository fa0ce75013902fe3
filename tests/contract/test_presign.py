"""Our signed URLs for S3 are those of boto3."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
from botocore.config import Config

from synapse_server.blobs.presign import Presigner

KEYS = ["plain", "7/uuid/a file (1) é+&=?#~.txt", "with/many//slashes/", "%41*'"]


def parsed(url: str) -> tuple[Any, ...]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, parts.path, sorted(parse_qsl(parts.query))


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8333", None])
@pytest.mark.parametrize("key", KEYS)
def test_they_are_the_same(key: str, endpoint: str | None, token: str | None) -> None:
    session = boto3.Session("AKIAEXAMPLE", "a/secret+key", token, "eu-west-3")
    style = "path" if endpoint else "virtual"
    config = Config(signature_version="s3v4", s3={"addressing_style": style})  # type: ignore[typeddict-item]
    client = session.client("s3", endpoint_url=endpoint, config=config)
    base = client.generate_presigned_url("get_object", {"Bucket": "a-bucket", "Key": "k"})
    signer = Presigner(
        session.get_credentials(), "eu-west-3", base.partition("?")[0].removesuffix("k")
    )
    place: dict[str, Any] = {"Bucket": "a-bucket", "Key": key}
    disposition = 'attachment; filename="é ü.txt"'
    cases: list[tuple[Any, Any]] = [
        (
            lambda: client.generate_presigned_url(
                "get_object", {**place, "ResponseContentDisposition": disposition}, 900
            ),
            lambda: signer.url("GET", key, 900, {"response-content-disposition": disposition}),
        ),
        (
            lambda: client.generate_presigned_url(
                "put_object", {**place, "ContentMD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, 60
            ),
            lambda: signer.url("PUT", key, 60, None, {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}),
        ),
        (
            lambda: client.generate_presigned_url(
                "upload_part", {**place, "UploadId": "an+id/=", "PartNumber": 12}, 60
            ),
            lambda: signer.url("PUT", key, 60, {"uploadId": "an+id/=", "partNumber": "12"}),
        ),
    ]
    for theirs, ours in cases:
        for _ in range(100):  # until no second begins between the two
            if (found := parsed(ours())) == (wanted := parsed(theirs())):
                break
        assert found == wanted
