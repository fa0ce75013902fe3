"""Bodies of requests: JSON into structs, strictly and fast; what old clients send, leniently.

What fits the structs is decoded in one step. What does not is looked at once more in one pass
that mends what the official server takes, too: numbers where text is meant, ``entityType`` for
``concreteType``, null for absent, a missing ``concreteType`` where one kind is the usual one.
"""

from __future__ import annotations

import codecs
import json
import re
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from synapse_wire.errors import BadRequest, NotImplementedYet, UnsupportedMediaType

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_CHARSET = re.compile(r'charset\s*=\s*"?([\w.:-]+)', re.IGNORECASE)
_TAKEN = frozenset(("", "application/json", "text/plain", "application/x-www-form-urlencoded"))
"""Kinds of bodies that are read as JSON; some clients never say theirs, and say a form then."""
_encode = msgspec.json.Encoder().encode


class Body:
    """Reads the body of one endpoint."""

    def __init__(self, kind: Any) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        self._shape = inspect.type_info(kind)

    def read(self, body: bytes, content_type: str, later_types: frozenset[str]) -> Any:
        """The struct that a body says.

        Args:
            body: As it came.
            content_type: The header.
            later_types: Values of ``concreteType`` that come with later releases.

        Raises:
            NotImplementedYet: It is of such a type.
            UnsupportedMediaType: It is not JSON by its own account.
            BadRequest: It is not JSON, or not of this shape; the text says where.
        """
        charset = _charset(content_type)
        if not body:
            raise BadRequest("The request has no body; a JSON object is expected.")
        if charset not in (None, "utf-8", "utf8"):
            body = _in_utf8(body, charset)
        if b"\\u0000" in body and _NUL.search(body):
            raise BadRequest("The body has a NUL character, which no text may have.")
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            return self._read_leniently(body, error, later_types)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if charset is None:  # old clients send ISO-8859-1 without saying so
                try:
                    return self._decoder.decode(body.decode("latin-1").encode())
                except (msgspec.DecodeError, msgspec.ValidationError):
                    pass
            raise BadRequest(f"The body is not JSON: {error}") from None
        except RecursionError:
            raise BadRequest("The body is nested too deeply.") from None

    def _read_leniently(self, body: bytes, error: Exception, later_types: frozenset[str]) -> Any:
        try:
            value = _mend(json.loads(body), self._shape)
            _refuse(later_types, value)
            return self._decoder.decode(_encode(value))
        except msgspec.ValidationError as found:
            error = found
        except RecursionError:
            raise BadRequest("The body is nested too deeply.") from None
        except ValueError as found:  # not JSON after all, or text that is no text
            raise BadRequest(f"The body is not JSON: {found}") from None
        raise BadRequest(f"The body is not as expected: {error}") from None


def _refuse(later_types: frozenset[str], value: Any) -> None:
    for inner in (value, value.get("entity") if isinstance(value, dict) else None):
        kind = inner.get("concreteType") if isinstance(inner, dict) else None
        if isinstance(kind, str) and kind in later_types:
            raise NotImplementedYet(f"{kind} is not served here yet.")


@lru_cache(64)
def _charset(content_type: str) -> str | None:
    """The charset that a header names.

    Raises:
        UnsupportedMediaType: It names something else than JSON.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media not in _TAKEN and not media.endswith("+json"):
        raise UnsupportedMediaType(f"The body is to be application/json, not {media}.")
    found = _CHARSET.search(content_type)
    return None if found is None else found[1].lower()


def _in_utf8(body: bytes, charset: str) -> bytes:
    try:
        return body.decode(codecs.lookup(charset).name).encode()
    except (LookupError, ValueError):
        raise BadRequest(f"The body is not text in the charset {charset!r}.") from None


def _mend(value: Any, shape: inspect.Type) -> Any:
    if isinstance(shape, inspect.Metadata):
        shape = shape.type
    if isinstance(shape, inspect.UnionType):
        return _mend_choice(value, shape.types)
    if isinstance(shape, inspect.StrType):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return str(value) if is_number else value
    if isinstance(shape, inspect.CollectionType) and isinstance(value, list):
        return [_mend(each, shape.item_type) for each in value]
    if isinstance(shape, inspect.DictType) and isinstance(value, dict):
        return {name: _mend(each, shape.value_type) for name, each in value.items()}
    if isinstance(shape, inspect.StructType) and isinstance(value, dict):
        return _mend_struct(value, shape)
    return value


def _mend_choice(value: Any, choices: tuple[inspect.Type, ...]) -> Any:
    if value is None:
        return None
    structs = [each for each in choices if isinstance(each, inspect.StructType)]
    if isinstance(value, dict) and structs:
        return _mend_struct(_named(value, structs), *structs)
    kinds = {type(each) for each in choices}
    if isinstance(value, int | float) and kinds & {inspect.IntType, inspect.FloatType}:
        return value
    for each in choices:
        value = _mend(value, each)
    return value


def _named(value: dict[str, Any], structs: list[inspect.StructType]) -> dict[str, Any]:
    """The object with the ``concreteType`` that it has under an older name, or is usual."""
    if "concreteType" in value:
        return value
    if "entityType" in value:
        return {**value, "concreteType": value["entityType"]}
    for each in structs:
        if getattr(each.cls, "is_usual", False):
            return {**value, "concreteType": each.tag}
    return value


def _mend_struct(value: dict[str, Any], *structs: inspect.StructType) -> dict[str, Any]:
    found = structs[0]
    if found.tag_field is not None:
        value = _named(value, list(structs))
        tag = value.get(found.tag_field)
        found = next((each for each in structs if each.tag == tag), found)
    fields = {each.encode_name: each for each in found.fields}
    mended = {}
    for name, each in value.items():
        field = fields.get(name)
        if field is None:
            mended[name] = each
        elif each is not None or field.required or _takes_null(field.type):
            mended[name] = _mend(each, field.type)
    return mended


def _takes_null(shape: inspect.Type) -> bool:
    if isinstance(shape, inspect.UnionType):
        return any(_takes_null(each) for each in shape.types)
    return isinstance(shape, inspect.NoneType | inspect.AnyType)
