"""The table of HTTP status and kind of error, shared by the server and the client.

ApiError
├── BadRequest            400
├── Unauthenticated       401
├── Forbidden             403
├── NotFound              404
├── MethodNotAllowed      405
├── NotAcceptable         406
├── Conflict              409   a name or alias is taken
├── Gone                  410   the service was removed
├── StaleEtag             412   the object changed since it was fetched
├── TooLarge              413
├── UnsupportedMediaType  415
├── Locked                423   a lock or a login lockout
├── TooManyRequests       429
├── NotImplementedYet     501
└── Unavailable           503
"""

from __future__ import annotations

from typing import ClassVar

from synapse_wire.base import Wire


class ErrorResponse(
    Wire, tag_field="concreteType", tag="org.sagebionetworks.repo.model.ErrorResponse"
):
    """The body of every error answer."""

    reason: str | None = None
    """One sentence that a person can act on."""
    error_code: str | None = None


class ApiError(Exception):
    """An answer other than success."""

    status: ClassVar[int] = 500

    def __init__(self, reason: str, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class BadRequest(ApiError):
    """The request itself is wrong."""

    status = 400


class Unauthenticated(ApiError):
    """Who calls is not known, or the proof is not good."""

    status = 401


class Forbidden(ApiError):
    """Known who calls, and they may not."""

    status = 403


class NotFound(ApiError):
    """There is no such thing, or it lies in the trash can."""

    status = 404


class MethodNotAllowed(ApiError):
    """The path exists with another verb."""

    status = 405


class NotAcceptable(ApiError):
    """The caller accepts no form we can answer in."""

    status = 406


class Conflict(ApiError):
    """A name or alias is taken."""

    status = 409


class Gone(ApiError):
    """The service was removed from the API."""

    status = 410


class StaleEtag(ApiError):
    """The object changed since the caller fetched it."""

    status = 412


class TooLarge(ApiError):
    """Over a byte limit."""

    status = 413


class UnsupportedMediaType(ApiError):
    """The body is in a form that we do not read."""

    status = 415


class Locked(ApiError):
    """Locked for now; try again later."""

    status = 423


class TooManyRequests(ApiError):
    """Over a rate limit."""

    status = 429


class NotImplementedYet(ApiError):
    """Part of the Synapse API, but not of this server yet."""

    status = 501


class Unavailable(ApiError):
    """The server or something it needs is down for the moment."""

    status = 503


BY_STATUS: dict[int, type[ApiError]] = {kind.status: kind for kind in ApiError.__subclasses__()}
"""The kind of error for a status."""
