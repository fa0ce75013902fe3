"""What the mixins expect of the session, and what they share."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from synapse_wire.base import Results
    from synapse_wire.endpoint import Endpoint
    from synapseclient.core.cache import Cache

P = ParamSpec("P")
R = TypeVar("R")


class Session:
    """Attributes and verbs that ``Synapse`` has."""

    if TYPE_CHECKING:
        cache: Cache
        silent: bool
        debug: bool
        portalEndpoint: str
        _profile: dict[str, Any] | None

        @property
        def logger(self) -> logging.Logger: ...

        @logger.setter
        def logger(self, logger: logging.Logger) -> None: ...

        async def call(self, endpoint: Endpoint[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...

        async def call_json(
            self, endpoint: Endpoint[P, R], *args: P.args, **kwargs: P.kwargs
        ) -> Any: ...

        async def _rest(self, verb: str, uri: str, body: Any = None) -> Any: ...

    async def _pages(
        self,
        endpoint: Endpoint[Any, Results[Any]],
        *arguments: Any,
        limit: int,
        offset: int = 0,
        **options: Any,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """All items of a counted list, ``limit`` at a time, from ``offset`` on."""
        while True:
            page = await self.call_json(endpoint, *arguments, limit=limit, offset=offset, **options)
            for each in page["results"]:
                yield each
            if len(page["results"]) < limit:
                return
            offset += limit
