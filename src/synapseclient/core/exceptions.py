"""Everything that can go wrong, under the official names.

SynapseError
├── SynapseAuthenticationError        who you are could not be proved
│   └── SynapseNoCredentialsError     nothing to prove it with was found
├── SynapseFileCacheError             the local cache cannot be used
├── SynapseMalformedEntityError       what was given is no entity
├── SynapseUnmetAccessRestrictions    conditions must be accepted first
├── SynapseNotFoundError
├── SynapseProvenanceError
├── SynapseTimeoutError
├── SynapseUploadAbortedException     stopped on purpose
├── SynapseDownloadAbortedException
├── SynapseMd5MismatchError           also an OSError
├── SynapseFileNotFoundError          also a FileNotFoundError
├── SynapseUploadFailedException
├── SynapseHTTPError                  the server said no; ``response`` is its answer
└── SynapseAuthorizationError
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synapseclient.core.transport import Answer


CLIENT_ERROR = "Client Error:"
SERVER_ERROR = "Server Error:"
REQUEST_PREFIX = ">>>>>> Request <<<<<<"
RESPONSE_PREFIX = ">>>>>> Response <<<<<<"
HEADERS_PREFIX = ">>> Headers: "
BODY_PREFIX = ">>> Body: "
UNABLE_TO_APPEND_REQUEST = "Could not append all request info"
UNABLE_TO_APPEND_RESPONSE = "Could not append all response info"


class SynapseError(Exception):
    """Any error of the client."""


class SynapseAuthenticationError(SynapseError):
    """Who you are could not be proved."""


class SynapseNoCredentialsError(SynapseAuthenticationError):
    """Nothing to log in with was found."""


class SynapseFileCacheError(SynapseError):
    """The local cache cannot be used."""


class SynapseMalformedEntityError(SynapseError):
    """What was given is not an entity, or lacks something."""


class SynapseUnmetAccessRestrictions(SynapseError):
    """Conditions must be accepted before a download."""


class SynapseNotFoundError(SynapseError):
    """There is no such thing."""


class SynapseProvenanceError(SynapseError):
    """A provenance record makes no sense."""


class SynapseTimeoutError(SynapseError):
    """The server did not finish in time."""


class SynapseUploadAbortedException(SynapseError):
    """An upload was stopped on purpose."""


class SynapseDownloadAbortedException(SynapseError):
    """A download was stopped on purpose."""


class SynapseMd5MismatchError(SynapseError, OSError):
    """The bytes that came are not those that were sent."""


class SynapseFileNotFoundError(SynapseError, FileNotFoundError):
    """An entity has no file, or the file is not where it should be."""


class SynapseUploadFailedException(SynapseError):
    """An upload could not be finished."""


class SynapseAuthorizationError(SynapseError):
    """You may not do this."""


class SynapseHTTPError(SynapseError):
    """The server said no. ``response`` has ``status_code``, ``headers``, ``text``, ``json()``."""

    def __init__(self, *args: object, response: Answer | None = None) -> None:
        super().__init__(*args)
        self.response = response

    @property
    def status(self) -> int:
        """The status of the answer; 0 if there was none."""
        return 0 if self.response is None else self.response.status_code
