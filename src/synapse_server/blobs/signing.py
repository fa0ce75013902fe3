"""Signed URLs of our own, with the names that S3 uses for what they say.

The signature covers the verb, the path and every parameter, so a URL can be used for what it
was made for and for nothing else, until it expires. Clients read ``X-Amz-Date`` with
``X-Amz-Expires``, or ``Expires``, to know when to ask for a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

SIGNATURE = "X-Amz-Signature"


class BadSignature(Exception):
    """The URL was changed, was made for another verb, or has expired; the text says which."""


def sign(key: bytes, verb: str, path: str, parameters: Mapping[str, str], seconds: int) -> str:
    """The path and query of a signed URL."""
    moment = time.time()
    query = {
        **parameters,
        "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment)),
        "X-Amz-Expires": str(seconds),
        "Expires": str(int(moment) + seconds),
    }
    quoted = quote(path)
    return f"{quoted}?{urlencode({**query, SIGNATURE: _mac(key, verb, quoted, query)})}"


def check(key: bytes, verb: str, quoted_path: str, query_string: str) -> dict[str, str]:
    """The parameters of a good URL.

    Args:
        key: The key it was signed with.
        verb: GET or PUT; HEAD is a GET.
        quoted_path: The path as it stands in the request.
        query_string: The query as it stands in the request.

    Raises:
        BadSignature: The URL is not good, or not any more.
    """
    query = dict(parse_qsl(query_string, keep_blank_values=True))
    given = query.pop(SIGNATURE, "")
    if not hmac.compare_digest(_mac(key, verb, quoted_path, query).encode(), given.encode()):
        raise BadSignature("The signature does not match this request.")
    if int(query["Expires"]) < time.time():
        raise BadSignature("Request has expired")
    return query


def _mac(key: bytes, verb: str, quoted_path: str, query: Mapping[str, str]) -> str:
    text = "\n".join([verb, quoted_path, *(f"{name}={query[name]}" for name in sorted(query))])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
