"""How a flow begins, with a client that is logged in, and how it finds something refused.

Flows run in the environments of the official clients, too: with Python 3.11, and synapseclient
3.0.0 or 4.14.0. So nothing of this repository is imported here but `synapseclient`, which is
another one there.
"""

import os
from collections.abc import Callable
from typing import Any

import synapseclient


def session(
    endpoint: str, secret: str, folder: str, user: str | None = None, *, cache: str = "cache"
) -> synapseclient.Synapse:
    """A client that is logged in, by a token or with a name and a password."""
    syn = synapseclient.Synapse(
        repoEndpoint=endpoint + "/repo/v1",
        authEndpoint=endpoint + "/auth/v1",
        fileHandleEndpoint=endpoint + "/file/v1",
        portalEndpoint=endpoint,
        skip_checks=True,
        silent=True,
        cache_root_dir=os.path.join(folder, cache),
    )
    if secret.startswith("eyJ"):  # as tokens do
        syn.login(authToken=secret, silent=True)
    else:
        syn.login(user, password=secret, silent=True)
    return syn


def refused(
    call: Callable[..., object],
    *arguments: Any,
    kind: type[Exception] = Exception,
    **options: Any,
) -> Any:
    """The error of this kind with which a call is refused."""
    try:
        call(*arguments, **options)
    except kind as error:
        return error
    raise AssertionError(f"{call} was allowed")
