"""Helpers that scripts find in ``synapseclient.core.utils`` under their official names, and that
nothing here needs; so they are loaded when one is asked for."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import itertools
import logging
import os
import re
import sys
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from synapseclient.annotations import to_wire
from synapseclient.core.logs import DEFAULT_LOGGER_NAME as DEFAULT_LOGGER_NAME
from synapseclient.core.progress import human, line_of

P = ParamSpec("P")
T = TypeVar("T")
K = TypeVar("K")
E = TypeVar("E", bound=Enum)

LOGGER_NAME = DEFAULT_LOGGER_NAME


# ------------------------------------------------------------------ values


def require_param(param: Any, name: str) -> None:
    """Raise if a value is missing.

    Raises:
        ValueError: It is None.
    """
    if param is None:
        raise ValueError(f"{name} parameter is required.")


def bool_or_none(input_value: str | None) -> bool | None:
    """What "true" and "false", in any case, mean; None for all else."""
    return {"true": True, "false": False}.get((input_value or "").lower())


def is_integer(x: Any) -> bool:
    """Whether something is a whole number, or the text of one."""
    if isinstance(x, float):
        return x.is_integer()
    try:
        int(x)
    except (TypeError, ValueError):
        return False
    return True


def is_date(dt: Any) -> bool:
    """Whether something is a date, or a date with a time."""
    return isinstance(dt, datetime.date)


def is_base64_encoded(input_string: str | bytes | None) -> bool:
    """Whether a text is the base64 of something."""
    if not input_string:
        return False
    given = input_string if isinstance(input_string, bytes) else input_string.encode()
    try:
        return base64.b64encode(base64.b64decode(given)) == given
    except ValueError:
        return False


def is_json(content_type: str | None) -> bool:
    """Whether a content type is that of JSON."""
    return bool(content_type) and str(content_type).lower().strip().startswith("application/json")


def is_same_base_url(url1: str, url2: str) -> bool:
    """Whether two URLs have the same scheme and host."""
    first, second = urlsplit(url1), urlsplit(url2)
    return (first.scheme, first.hostname) == (second.scheme, second.hostname)


def coerce_enum_list(enum_class: type[E], values: Iterable[E | str]) -> list[str]:
    """The values of members of an enumeration, each given as the member or its value.

    Raises:
        ValueError: Something is neither.
    """
    found = []
    for value in values:
        try:
            found.append(str(enum_class(value).value))
        except ValueError:
            known = [each.value for each in enum_class]
            raise ValueError(f"Invalid value {value!r}. Valid values are: {known}") from None
    return found


def delete_none_keys(incoming_object: MutableMapping[str, Any] | None) -> None:
    """Take the keys without a value out of a dictionary."""
    for key in [key for key, value in (incoming_object or {}).items() if value is None]:
        del (incoming_object or {})[key]


def snake_case(string: str) -> str:
    """``parentId`` as ``parent_id``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", string).lower()


def extract_prefix(keys: Sequence[str]) -> str:
    """What all keys begin with up to their first dot, if that is the same; else nothing."""
    heads = {key.partition(".")[0] if "." in key else "" for key in keys}
    head = heads.pop() if len(heads) == 1 else ""
    return f"{head}." if head else ""


def format_time_interval(seconds: float) -> str:
    """Seconds as people say them.

    >>> format_time_interval(100)
    '1 minute, 40 seconds'
    """
    periods = {
        "year": 365 * 86400,
        "month": 30 * 86400,
        "day": 86400,
        "hour": 3600,
        "minute": 60,
        "second": 1,
    }
    found = []
    for name, length in periods.items():
        if seconds > length or name == "second":
            count, seconds = divmod(seconds, length)
            found.append(f"{int(count)} {name}{'' if count == 1 else 's'}")
    return ", ".join(found)


def topolgical_sort(graph: Mapping[K, Sequence[K]]) -> list[tuple[K, Sequence[K]]]:
    """The nodes of a graph, each after those that it depends on; the name is the official one.

    Raises:
        RuntimeError: They depend on each other in a circle.
    """
    left = dict(graph)
    found: list[tuple[K, Sequence[K]]] = []
    while left:
        free = [node for node, needs in left.items() if not any(each in left for each in needs)]
        if not free:
            raise RuntimeError("A cyclic dependency occurred: " + ", ".join(map(str, left)))
        found += [(node, left.pop(node)) for node in free]
    return found


# ------------------------------------------------------------------ what the server sends


def concrete_type_of(obj: Mapping[str, Any]) -> str:
    """The concreteType of an entity or a header.

    Raises:
        ValueError: It has none.
    """
    found = (obj.get("concreteType") or obj.get("type")) if isinstance(obj, Mapping) else None
    if not isinstance(found, str) or not found.startswith("org.sagebionetworks.repo.model"):
        raise ValueError("Unable to determine concreteType")
    return found


def convert_to_annotations_list(annotations: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Annotations with their types, as the server wants them."""
    wired = to_wire(annotations)
    return {key: {"type": each.type, "value": each.value} for key, each in wired.items()}


def extract_user_name(profile: Mapping[str, Any]) -> str:
    """What to call a user."""
    for name in ("userName", "displayName"):
        if profile.get(name):
            return str(profile[name])
    names = [str(profile[each]) for each in ("firstName", "lastName") if profile.get(each)]
    return " ".join(names) or str(profile.get("id", "Unknown-user"))


def get_properties(entity: Any) -> Any:
    """The properties of an entity; a mapping as it is."""
    return getattr(entity, "properties", entity)


def is_in_path(id: str, path: Mapping[str, Any]) -> bool:
    """Whether an entity is on a path, as the server sends it."""
    return any(each["id"] == id for each in path["path"])


def extract_filename(
    content_disposition_header: str | None, default_filename: str | None = None
) -> str | None:
    """The file name in a Content-Disposition header."""
    from email.message import Message

    if not content_disposition_header:
        return default_filename
    message = Message()
    message["content-disposition"] = content_disposition_header
    return message.get_filename(default_filename)


# ------------------------------------------------------------------ queries


def escape_column_name(column: str | Mapping[str, Any]) -> str:
    """A column's name in quotes."""
    name = column["name"] if isinstance(column, Mapping) else column
    return '"' + str(name).replace('"', '""') + '"'


def join_column_names(columns: Iterable[str | Mapping[str, Any]]) -> str:
    """The names of columns in quotes, with commas."""
    return ",".join(escape_column_name(each) for each in columns)


def extract_synapse_id_from_query(query: str) -> str:
    """The id of the table that a query is about.

    Raises:
        ValueError: There is none.
    """
    found = re.search(r"from\s+(syn\d+)", query, re.IGNORECASE)
    if found is None:
        raise ValueError(f'Couldn\'t extract synapse ID from query: "{query}"')
    return found[1]


def query_limit_and_offset(query: str, hard_limit: int = 1000) -> tuple[str, int, int]:
    """A query without its limit and offset, and the two, which are ``hard_limit`` and 1 if it
    has none."""
    known: dict[str, int] = {}
    while found := re.search(r"\s(offset|limit)\s+(\d+)\s*\Z", query, re.IGNORECASE):
        known[found[1].lower()] = int(found[2])
        query = query[: found.start()]
    limit = min(known.get("limit", hard_limit), hard_limit)
    return query.strip(), limit, known.get("offset", 1)


# ------------------------------------------------------------------ files


def temp_download_filename(destination: str, file_handle_id: Any) -> str:
    """Where the official client keeps a download that is not finished."""
    name = f"synapse_download_{file_handle_id or uuid.uuid4()}"
    is_folder = os.path.isdir(destination)
    return os.path.join(destination, name) if is_folder else f"{destination}.{name}"


def extract_zip_file_to_directory(
    zip_file: zipfile.ZipFile, zip_entry_name: str, target_dir: str
) -> str:
    """Write one entry of a zip file into a folder, whatever folder it names; its path."""
    path = os.path.join(target_dir, os.path.basename(zip_entry_name))
    os.makedirs(target_dir, exist_ok=True)
    with open(path, "wb") as file:
        file.write(zip_file.read(zip_entry_name))
    return path


def make_bogus_uuid_file() -> str:
    """A temporary file with a random UUID in it; its path."""
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.write(f"{uuid.uuid4()}\n")
    return os.path.abspath(file.name).replace("\\", "/")


# ------------------------------------------------------------------ Python


def attempt_import(module_name: str, fail_message: str) -> Any:
    """Import a module, or say what is missing and how to get it.

    Raises:
        ImportError: It is not installed.
    """
    from importlib import import_module

    try:
        return import_module(module_name)
    except ImportError:
        sys.stderr.write(f"{fail_message}To install it: pip install {module_name}\n")
        raise


def test_import_pandas() -> None:
    """Say what to do if pandas is missing.

    Raises:
        ModuleNotFoundError: It is.
    """
    try:
        import pandas  # noqa: F401
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "This needs pandas, which is not installed: pip install 'synapseclient[pandas]'"
        ) from None


def test_import_sqlite3() -> None:
    """Say what to do if this Python has no sqlite3.

    Raises:
        ModuleNotFoundError: It has none.
    """
    try:
        import sqlite3  # noqa: F401
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "This needs sqlite3, with which this Python was not built; use another one."
        ) from None


# pytest collects what is called so wherever it is imported.
test_import_pandas.__test__ = False  # type: ignore[attr-defined]
test_import_sqlite3.__test__ = False  # type: ignore[attr-defined]


def caller_module_name(current_frame: Any) -> str | None:
    """The module that called into the module of a frame."""
    from inspect import getmodulename

    frame = current_frame
    while frame.f_code.co_filename == current_frame.f_code.co_filename:
        frame = frame.f_back
    return getmodulename(frame.f_code.co_filename)


def log_dataclass_diff(
    logger: logging.Logger,
    prefix: str,
    obj1: Any,
    obj2: Any,
    fields_to_ignore: Iterable[str] | None = None,
) -> None:
    """Log in which fields two dataclasses differ."""
    if type(obj1) is not type(obj2):
        logger.info("Objects are of different types, not logging a diff.")
        return
    for name in [each.name for each in dataclasses.fields(obj1)]:
        old, new = getattr(obj1, name), getattr(obj2, name)
        if old != new and name not in (fields_to_ignore or ()):
            logger.info("%s%s: %s -> %s", prefix, name, old, new)


class threadsafe_iter(Iterator[T]):  # noqa: N801  the official name
    """An iterator that several threads may share."""

    def __init__(self, it: Iterator[T]) -> None:
        self.it = it
        self.lock = threading.Lock()

    def __iter__(self) -> threadsafe_iter[T]:
        return self

    def __next__(self) -> T:
        with self.lock:
            return next(self.it)


def threadsafe_generator(f: Callable[P, Iterator[T]]) -> Callable[P, threadsafe_iter[T]]:
    """Decorate a generator so that several threads may share what it makes."""

    @wraps(f)
    def made(*args: P.args, **kwargs: P.kwargs) -> threadsafe_iter[T]:
        return threadsafe_iter(f(*args, **kwargs))

    return made


class deprecated_keyword_param:  # noqa: N801  the official name
    """Decorate a function so that the use of old keywords is warned of."""

    def __init__(self, keywords: Iterable[str], version: str, reason: str) -> None:
        self.keywords = set(keywords)
        self.text = f"deprecated since version {version}: {reason}"

    def __call__(self, fn: Callable[P, T]) -> Callable[P, T]:
        import warnings

        @wraps(fn)
        def warned(*args: P.args, **kwargs: P.kwargs) -> T:
            used = sorted(self.keywords & set(kwargs))
            if used:
                warnings.warn(
                    f"Parameters {used} are {self.text}", DeprecationWarning, stacklevel=2
                )
            return fn(*args, **kwargs)

        return warned


# ------------------------------------------------------------------ the terminal


class Spinner:
    """A sign on the terminal that something goes on; each ``print_tick`` turns it."""

    def __init__(self, msg: str = "") -> None:
        self.msg = msg
        self._signs = itertools.cycle("|/-\\")

    def print_tick(self) -> None:
        """Turn it, if anybody sees it."""
        if sys.stdin.isatty():
            sys.stdout.write(f"\r {next(self._signs)} {self.msg}")
            sys.stdout.flush()


_last_shown = 0.0


def printTransferProgress(
    transferred: float,
    toBeTransferred: float,
    prefix: str = "",
    postfix: str = "",
    isBytes: bool = True,
    dt: float | None = None,
    previouslyTransferred: float = 0,
    logger: logging.Logger | None = None,
) -> None:
    """Show on the terminal how much is done, at most ten times a second.

    Args:
        transferred: So much.
        toBeTransferred: Of so much.
        prefix: Text before the bar.
        postfix: Text after it.
        isBytes: Show counts as bytes.
        dt: The seconds that it took, to show the speed.
        previouslyTransferred: How much was there before.
        logger: Kept for compatibility.
    """
    global _last_shown
    ended = toBeTransferred > 0 and transferred >= toBeTransferred
    if not sys.stdout.isatty() or (not ended and time.monotonic() - _last_shown < 0.1):
        return
    _last_shown = time.monotonic()
    show = human if isBytes else str
    rate = (transferred - previouslyTransferred) / dt if dt else 0.0
    counts = f"{show(transferred)}/{show(toBeTransferred)}"
    counts += f" ({human(rate)}/s)" if dt and isBytes else ""
    share = transferred / toBeTransferred if toBeTransferred else 1.0
    sys.stdout.write(line_of(prefix, share, counts, postfix) + ("Done...\n" if ended else ""))
    sys.stdout.flush()
