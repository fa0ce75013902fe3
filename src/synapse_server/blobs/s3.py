"""An S3 bucket as a blob store: clients talk to it directly, through signed URLs."""

from __future__ import annotations

import asyncio
import base64
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from synapse_server.blobs.base import Part, PartRejected, SignedUrl, Whole
from synapse_server.blobs.dataplane import disposition
from synapse_server.blobs.presign import Presigner
from synapse_wire.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client


_AT_ONCE = 16
_SAME_PART = 20
"""Some stores keep and list each content that a part has had; in S3 itself the last one counts."""


class S3Store:
    """Blobs in a bucket. Uploads are S3's own multipart uploads."""

    checks_crc32 = False  # S3 takes no header of its own that the URL's signature leaves out

    def __init__(self, client: S3Client, presigner: Presigner, bucket: str, prefix: str) -> None:
        self._client = client
        self._presigner = presigner
        self.bucket = bucket
        self._prefix = prefix

    @classmethod
    def open(cls, url: str) -> S3Store:
        """Connect to ``s3://bucket/prefix?endpoint=…&region=…``.

        Credentials come from where boto3 looks for them: the environment, a profile, a role.
        """
        try:
            import boto3
            from botocore import session as botocore
            from botocore.config import Config
            from botocore.exceptions import NoCredentialsError
        except ModuleNotFoundError as error:
            raise Unavailable("Blobs in S3 need boto3: pip install 'synapseclient[s3]'.") from error
        parts = urlsplit(url)
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        core = botocore.get_session()
        # Two thirds of the time that the list of a folder takes would go into dates nobody reads.
        core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
        session = boto3.Session(botocore_session=core)
        credentials = session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        region = options.get("region", "us-east-1")
        client = session.client(
            "s3",
            endpoint_url=options.get("endpoint"),
            region_name=region,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if "endpoint" in options else "auto"},
                retries={"mode": "standard", "max_attempts": 5},
            ),
        )
        prefix = parts.path.strip("/")
        known = client.generate_presigned_url("get_object", {"Bucket": parts.netloc, "Key": "k"})
        base = known.partition("?")[0].removesuffix("k")
        presigner = Presigner(credentials, region, base)
        return cls(client, presigner, parts.netloc, prefix + "/" if prefix else "")

    def seen_from(self, host: str) -> S3Store:
        return self

    async def _do(self, verb: Any, **arguments: Any) -> Any:
        return await asyncio.to_thread(partial(verb, Bucket=self.bucket, **arguments))

    def _key(self, key: str) -> str:
        return self._prefix + key

    async def begin(self, key: str) -> str:
        answer = await self._do(self._client.create_multipart_upload, Key=self._key(key))
        return str(answer["UploadId"])

    async def sign_put(
        self, upload: str, key: str, part: int, size: int, seconds: int, content_type: str | None
    ) -> SignedUrl:
        query = {"uploadId": upload, "partNumber": str(part)}
        url = self._presigner.url("PUT", self._key(key), seconds, query)
        return SignedUrl(url, {"Content-Type": content_type} if content_type else {})

    async def sign_put_whole(self, key: str, md5: str, size: int, seconds: int) -> SignedUrl:
        wanted = base64.b64encode(bytes.fromhex(md5)).decode()
        headers = {"Content-MD5": wanted}
        return SignedUrl(
            self._presigner.url("PUT", self._key(key), seconds, None, headers), headers
        )

    async def held(self, blobs: Sequence[Whole]) -> set[str]:
        by_folder: dict[str, list[Whole]] = defaultdict(list)
        for blob in blobs:
            by_folder[blob.key.rpartition("/")[0]].append(blob)
        few = asyncio.Semaphore(_AT_ONCE)

        async def look(folder: str, some: list[Whole]) -> set[str]:
            async with few:
                there = await self._listed(folder) if len(some) > 1 else None
                if there is None:
                    found = await self._head(some[0].key)
                    there = {} if found is None else {self._key(some[0].key): _etag_size(found)}
            return {
                each.key for each in some if there.get(self._key(each.key)) == (each.md5, each.size)
            }

        looks = [look(folder, some) for folder, some in by_folder.items()]
        return set().union(*await asyncio.gather(*looks))

    async def _listed(self, folder: str) -> dict[str, tuple[str, int]]:
        """The MD5s and sizes of all objects that were sent whole into a folder, by key."""
        found: dict[str, tuple[str, int]] = {}
        after = ""
        while True:
            page = await self._do(
                self._client.list_objects_v2, Prefix=self._key(folder) + "/", StartAfter=after
            )
            for each in page.get("Contents", ()):
                after = each["Key"]
                found[after] = (each["ETag"].strip('"'), each["Size"])
            if not page.get("IsTruncated"):
                return found

    async def confirm(self, upload: str, key: str, part: int, checksum: str, size: int) -> None:
        from botocore.exceptions import ClientError

        try:
            answer = await self._do(
                self._client.list_parts,
                Key=self._key(key),
                UploadId=upload,
                PartNumberMarker=part - 1,
                MaxParts=_SAME_PART,
            )
        except ClientError as error:
            raise PartRejected(f"The store does not know this upload: {error}") from error
        there = {
            found["ETag"].strip('"'): found["Size"]
            for found in answer.get("Parts", ())
            if found["PartNumber"] == part
        }
        if there.get(checksum) == size:
            return
        if checksum in there:
            raise PartRejected(f"Part {part} has {there[checksum]} bytes, and should have {size}.")
        if there:
            raise PartRejected(
                f"The part's checksum on the server is {' or '.join(there)}, not {checksum}."
                " Upload it again."
            )
        raise PartRejected(f"Part {part} is not on the server. Upload it first.")

    async def assemble(self, upload: str, key: str, parts: Sequence[Part]) -> int:
        from botocore.exceptions import ClientError

        size = await self.size(key)
        if size is not None:  # done before a crash
            return size
        try:
            await self._do(
                self._client.complete_multipart_upload,
                Key=self._key(key),
                UploadId=upload,
                MultipartUpload={
                    "Parts": [
                        {"PartNumber": part.number, "ETag": f'"{part.checksum}"'} for part in parts
                    ]
                },
            )
        except ClientError as error:
            # Somebody else may be finishing the same upload; then the blob is there in a moment.
            size = await self._size_soon(key)
            if size is None:
                raise Unavailable(f"The object store did not finish the upload: {error}") from error
            return size
        size = await self.size(key)
        if size is None:
            raise Unavailable("The object store lost the upload; start it again.")
        return size

    async def _size_soon(self, key: str) -> int | None:
        for _ in range(20):
            size = await self.size(key)
            if size is not None:
                return size
            await asyncio.sleep(0.1)
        return None

    async def abort(self, upload: str, key: str) -> None:
        from botocore.exceptions import ClientError

        try:
            await self._do(self._client.abort_multipart_upload, Key=self._key(key), UploadId=upload)
        except ClientError:
            return  # it is over already

    async def sign_get(
        self, key: str, seconds: int, file_name: str | None, content_type: str | None
    ) -> str:
        query = {}
        if file_name:
            query["response-content-disposition"] = disposition(file_name)
        if content_type:
            query["response-content-type"] = content_type
        return self._presigner.url("GET", self._key(key), seconds, query)

    async def write(self, key: str, data: bytes) -> None:
        await self._do(self._client.put_object, Key=self._key(key), Body=data)

    async def take(self, key: str, path: Path, md5: str) -> None:
        await self._do(self._client.upload_file, Filename=str(path), Key=self._key(key))

    async def read(self, key: str) -> bytes:
        from botocore.exceptions import ClientError

        try:
            answer = await self._do(self._client.get_object, Key=self._key(key))
        except ClientError as error:
            raise FileNotFoundError(key) from error
        return bytes(await asyncio.to_thread(answer["Body"].read))

    async def fetch(self, key: str, path: Path) -> None:
        from botocore.exceptions import ClientError

        try:
            await self._do(self._client.download_file, Key=self._key(key), Filename=str(path))
        except ClientError as error:
            raise FileNotFoundError(key) from error

    async def size(self, key: str) -> int | None:
        found = await self._head(key)
        return None if found is None else int(found["ContentLength"])

    async def _head(self, key: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return await self._do(self._client.head_object, Key=self._key(key))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    async def delete(self, key: str) -> None:
        await self._do(self._client.delete_object, Key=self._key(key))

    async def close(self) -> None:
        await asyncio.to_thread(self._client.close)


def _etag_size(found: Any) -> tuple[str, int]:
    return found["ETag"].strip('"'), found["ContentLength"]
