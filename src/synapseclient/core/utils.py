"""Small helpers that scripts use."""

from __future__ import annotations

import datetime
import itertools
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from synapseclient.core.exceptions import SynapseMalformedEntityError
from synapseclient.core.progress import human

KB = 2**10
MB = 2**20
GB = 2**30
BUFFER_SIZE = 8 * KB
ISO_FORMAT = "%Y-%m-%dT%H:%M:%S.000Z"
ISO_FORMAT_MICROS = "%Y-%m-%dT%H:%M:%S.%fZ"
UNIX_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
SYNAPSE_ID = re.compile(r"(syn\d+)(?:\.(\d+))?$", re.IGNORECASE)


def id_of(obj: Any) -> str:
    """The id of an entity, a mapping with an id, a number or a text.

    Raises:
        SynapseMalformedEntityError: It has none.
    """
    if isinstance(obj, str):
        return obj
    if isinstance(obj, int) and not isinstance(obj, bool):
        return str(obj)
    value: Any
    for name in ("id", "ownerId", "tableId", "synapseId"):
        value = obj.get(name) if isinstance(obj, Mapping) else getattr(obj, name, None)
        if value is not None:
            return str(value)
    raise SynapseMalformedEntityError(
        f"Invalid parameters: couldn't find id of {obj!r}. Has it been stored in Synapse?"
    )


def validate_submission_id(submission_id: Any) -> str:
    """The digits of a submission's id, given as text, number or mapping.

    Raises:
        ValueError: They are none.
    """
    if isinstance(submission_id, Mapping):
        submission_id = id_of(submission_id)
    text = str(submission_id).strip()
    if text.isdecimal():
        return text
    try:
        whole = str(int(float(text)))
    except ValueError:
        raise ValueError(
            f"Submission ID '{submission_id}' is not a valid submission ID. Please use digits only."
        ) from None
    logging.getLogger(__name__).warning(
        "Submission ID '%s' contains decimals which are not supported. Submission ID will be"
        " converted to '%s'.",
        submission_id,
        whole,
    )
    return whole


def is_synapse_id_str(obj: Any) -> str | None:
    """The text itself if it is a Synapse id, perhaps with a version."""
    return obj if isinstance(obj, str) and SYNAPSE_ID.match(obj) else None


def get_synid_and_version(obj: Any) -> tuple[str, int | None]:
    """The id and the version in an id such as ``syn123.4``, or of an entity."""
    if isinstance(obj, str):
        match = SYNAPSE_ID.match(obj)
        if match is None:
            raise ValueError(f"The input string was not determined to be a syn ID: {obj}")
        return match[1], int(match[2]) if match[2] else None
    version = obj.get("versionNumber") if isinstance(obj, Mapping) else None
    return id_of(obj), version


def is_url(s: Any) -> bool:
    """Whether a text is a URL."""
    if not isinstance(s, str) or ":" not in s:
        return False
    parts = urlsplit(s)
    return parts.scheme == "file" or (len(parts.scheme) > 1 and bool(parts.netloc))


def as_url(s: str) -> str:
    """A path as a ``file://`` URL; a URL as it is."""
    return s if is_url(s) else "file://" + os.path.abspath(s)


def file_url_to_path(url: str, verify_exists: bool = False) -> str | None:
    """The path that a ``file://`` URL or a path names; None for another URL, and if there is no
    such file although ``verify_exists`` asks for it."""
    parts = urlsplit(url)
    if parts.scheme not in ("", "file"):
        return None
    path = unquote(parts.path) if parts.scheme else url
    return path if not verify_exists or os.path.exists(path) else None


def guess_file_name(string: str) -> str:
    """The name at the end of a path or a URL."""
    path = unquote(urlsplit(string).path) if is_url(string) else string
    return os.path.basename(path.rstrip("/")) or string


def normalize_path(path: str | None) -> str | None:
    """An absolute path with forward slashes."""
    return None if path is None else os.path.abspath(path).replace("\\", "/")


def unique_filename(path: str) -> str:
    """A path that is free: ``name(1).ext`` and so on."""
    return next(each for each in _numbered(path) if not os.path.exists(each))


def put_beside(temporary: str, path: str) -> str:
    """Rename a finished file to a path, or to ``name(1).ext`` and so on if that is taken, even
    by somebody who does the same at this moment; the path it got."""
    for each in _numbered(path):
        try:
            os.link(temporary, each)
        except FileExistsError:
            continue
        except OSError:  # this file system has no links: hold the name with an empty file
            try:
                os.close(os.open(each, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            except FileExistsError:
                continue
            os.replace(temporary, each)
        else:
            os.unlink(temporary)
        return each
    raise AssertionError


def put_over(temporary: str, path: str) -> str:
    """Rename a finished file to a path, whatever is there; the path."""
    os.replace(temporary, path)
    return path


def temporary_name(path: str) -> str:
    """A name beside a path for a file that is to become it: hidden, and nobody else's."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{short_name(name)}.{unique()}.part")


def unique() -> str:
    """A piece of a name that nobody else comes to, on whatever host."""
    return os.urandom(6).hex()


def write_new(path: str, data: bytes) -> None:
    """Make a file that is not there yet, with half the calls of ``open``: for many small ones.

    Raises:
        OSError: It is there, or cannot be written whole.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags, 0o666)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
    finally:
        os.close(file)


def short_name(name: str) -> str:
    """The same file name if something may be added to it; else one that may, and is as much its
    own. File systems have a limit of 255 bytes."""
    encoded = os.fsencode(name)
    if len(encoded) <= 200:
        return name
    import hashlib

    return name[:40] + "." + hashlib.md5(encoded, usedforsecurity=False).hexdigest()[:12]


def _numbered(path: str) -> Iterator[str]:
    base, extension = os.path.splitext(path)
    if extension == ".gz" and base.endswith(".tar"):
        base, extension = base[:-4], ".tar.gz"
    yield path
    for number in itertools.count(1):
        yield f"{base}({number}){extension}"


def equal_paths(path1: str, path2: str) -> bool:
    """Whether two paths name the same file."""
    return os.path.normcase(os.path.abspath(path1)) == os.path.normcase(os.path.abspath(path2))


def to_unix_epoch_time(dt: datetime.datetime | datetime.date | str) -> int:
    """Milliseconds since the epoch; times without a zone are local ones."""
    return round(to_unix_epoch_time_secs(dt) * 1000)


def to_unix_epoch_time_secs(dt: datetime.datetime | datetime.date | str) -> float:
    """Seconds since the epoch; times without a zone are local ones."""
    if isinstance(dt, str):
        dt = iso_to_datetime(dt)
    if not isinstance(dt, datetime.datetime):
        dt = datetime.datetime(dt.year, dt.month, dt.day, tzinfo=datetime.UTC)
    return dt.timestamp()


def from_unix_epoch_time(ms: float) -> datetime.datetime:
    """The moment in UTC."""
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC)


def from_unix_epoch_time_secs(secs: float) -> datetime.datetime:
    """The moment in UTC."""
    return datetime.datetime.fromtimestamp(secs, datetime.UTC)


def datetime_to_iso(
    dt: datetime.datetime, sep: str = "T", include_milliseconds_if_zero: bool = True
) -> str:
    """ISO-8601 in UTC with milliseconds; times without a zone are taken as UTC."""
    dt = dt.astimezone(datetime.UTC) if dt.tzinfo else dt
    dt += datetime.timedelta(microseconds=500)  # rounded, as in the official client
    millis = dt.microsecond // 1000
    fraction = f".{millis:03d}" if millis or include_milliseconds_if_zero else ""
    return f"{dt:%Y-%m-%d}{sep}{dt:%H:%M:%S}{fraction}Z"


def iso_to_datetime(iso_time: str) -> datetime.datetime:
    """The moment that an ISO-8601 text names."""
    return datetime.datetime.fromisoformat(iso_time)


def datetime_or_none(datetime_str: Any) -> datetime.datetime | None:
    """The moment that a text names; None if it names none."""
    try:
        return iso_to_datetime(datetime_str)
    except (TypeError, ValueError):
        return None


def humanizeBytes(num_bytes: float) -> str:
    """Bytes as people write them."""
    if isinstance(num_bytes, bool) or not isinstance(num_bytes, int | float):
        raise ValueError("bytes must be a number")
    return human(num_bytes)


def touch(path: str, times: tuple[float, float] | None = None) -> str:
    """Make a file if there is none, and set when it was read and changed; its path."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "a"):
        os.utime(path, times)
    return path


def find_data_file_handle(bundle: Mapping[str, Any]) -> Any:
    """The file handle in a bundle that is the entity's content; None if there is none."""
    wanted = bundle["entity"].get("dataFileHandleId")
    found = (each for each in bundle.get("fileHandles") or () if each["id"] == wanted)
    return next(found, None)


def normalize_whitespace(s: str) -> str:
    """A text with single spaces instead of all white space."""
    return " ".join(s.split())


def normalize_lines(s: str) -> str:
    """A text whose lines have single spaces, and none around them."""
    return "\n".join(normalize_whitespace(line) for line in s.split("\n"))


def to_list(value: Any) -> list[Any]:
    """A list of values; a single one becomes a list of one."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def make_bogus_data_file(n: int = 100, seed: int | None = None) -> str:
    """A temporary file of random numbers, for trying things out."""
    import random
    import tempfile

    source = random.Random(seed)  # noqa: S311  not a secret
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.write(", ".join(str(source.gauss(0, 1)) for _ in range(n)) + "\n")
    return os.path.normpath(file.name)


def make_bogus_binary_file(
    n: int = KB, filepath: str | None = None, printprogress: bool = False
) -> str:
    """A file of ``n`` random bytes, a temporary one if not said otherwise; its path."""
    import tempfile

    if filepath is None:
        handle, filepath = tempfile.mkstemp(suffix=".dat")
        os.close(handle)
    with open(filepath, "wb") as file:
        while n > 0:
            n -= file.write(os.urandom(min(n, MB)))
    return os.path.normpath(filepath)


def md5_fn(part: bytes, _: Any) -> str:
    """The MD5 of bytes, as hex."""
    import hashlib

    return hashlib.md5(part, usedforsecurity=False).hexdigest()


def md5_for_file_hex(
    filename: str,
    block_size: int = 2 * MB,
    callback: Callable[[], Any] | None = None,
    progress_bar: Any = None,
) -> str:
    """The MD5 of a file, as hex."""
    return str(md5_for_file(filename, block_size, callback, progress_bar).hexdigest())


def md5_for_file(
    filename: str,
    block_size: int = 2 * MB,
    callback: Callable[[], Any] | None = None,
    progress_bar: Any = None,
    file_name: str | None = None,
) -> Any:
    """The hash object of a file's content; ``.hexdigest()`` gives the MD5.

    Args:
        filename: The file.
        block_size: How many bytes to read at once.
        callback: Called after each block.
        progress_bar: Its ``update`` is told the size of each block.
        file_name: Kept for compatibility.
    """
    import hashlib

    md5 = hashlib.md5(usedforsecurity=False)
    buffer = bytearray(block_size)
    view = memoryview(buffer)
    with open(filename, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            md5.update(view[:count])
            if progress_bar is not None:
                progress_bar.update(count)
            if callback is not None:
                callback()
    return md5


def md5_of_file(path: str) -> str:
    """The MD5 of a file, as hex. Takes 1.3 s per GiB: call it in a thread."""
    return md5_for_file_hex(path, MB)


def itersubclasses(cls: type, seen: set[type] | None = None) -> Iterator[type]:
    """All classes below a class."""
    seen = set() if seen is None else seen
    children: list[type] = cls.__subclasses__()
    for each in children:
        if each not in seen:
            seen.add(each)
            yield each
            yield from itersubclasses(each, seen)


def __getattr__(name: str) -> Any:
    """Helpers that only scripts use are in a file of their own, and loaded for them alone."""
    if not name.startswith("__"):
        from importlib import import_module

        found = vars(import_module("synapseclient.core.more_utils")).get(name)
        if found is not None:
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
