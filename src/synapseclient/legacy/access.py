"""Access to entities: who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from synapse_wire import access as wire
from synapse_wire import users as users_wire
from synapse_wire.entities import get_benefactor
from synapse_wire.teams import list_teams_of
from synapseclient import AUTHENTICATED_USERS, PUBLIC
from synapseclient.core.blocking import blocking
from synapseclient.core.exceptions import SynapseHTTPError
from synapseclient.core.permissions import Permissions
from synapseclient.core.utils import id_of
from synapseclient.legacy.base import Session

_PAGE = 50


class AccessMethods(Session):
    """Verbs of access."""

    async def _acl(self, entity: Any) -> wire.AccessControlList:
        """The ACL that holds for an entity, its own or the inherited one; or an evaluation's or team's."""
        if hasattr(entity, "getACLURI"):
            return msgspec.convert(
                await self._rest("GET", entity.getACLURI()), wire.AccessControlList
            )
        benefactor = await self.call(get_benefactor, id_of(entity))
        return await self.call(wire.get_acl, str(benefactor.id))

    async def _principal(self, principal: Any) -> int:
        if principal is None or principal == "PUBLIC":
            return PUBLIC
        if str(principal).isdecimal():
            return int(principal)
        body = users_wire.AliasRequest(alias=str(principal), type="USER_NAME")
        try:
            return (await self.call(users_wire.look_up_principal, body)).principal_id
        except SynapseHTTPError:
            body.type = "TEAM_NAME"
            return (await self.call(users_wire.look_up_principal, body)).principal_id

    async def get_acl_async(
        self, entity: Any, principal_id: Any = None, check_benefactor: bool = True
    ) -> list[str]:
        """What a user, team or group may do with an entity, through all their groups.

        Args:
            entity: The entity or its id.
            principal_id: Whose access, as id or name; everybody's if not given.
            check_benefactor: Look at the inherited ACL when the entity has none of its own.
        """
        if check_benefactor or hasattr(entity, "getACLURI"):
            acl = await self._acl(entity)
        else:
            try:
                acl = await self.call(wire.get_acl, id_of(entity))
            except SynapseHTTPError as error:
                if error.response is not None and error.response.status_code == 404:
                    return []
                raise
        principal = await self._principal(principal_id)
        names = {principal}
        if principal not in (PUBLIC, AUTHENTICATED_USERS):
            names |= {PUBLIC, AUTHENTICATED_USERS, *(await self._teams(principal))}
        found: dict[str, None] = {}
        for entry in acl.resource_access or ():
            if entry.principal_id in names:
                found |= dict.fromkeys(entry.access_type or ())
        return list(found)

    async def _teams(self, principal: int) -> list[int]:
        found: list[int] = []
        while True:
            page = await self.call(list_teams_of, str(principal), limit=_PAGE, offset=len(found))
            found += [int(team.id) for team in page.results if team.id is not None]
            if len(page.results) < _PAGE:
                return found

    async def get_permissions_async(self, entity: Any) -> Permissions:
        """What you may do with an entity."""
        raw = await self.call_json(wire.get_permissions, id_of(entity))
        return Permissions.from_dict(raw)

    async def set_permissions_async(
        self,
        entity: Any,
        principalId: Any = None,
        accessType: list[str] | None = ["READ", "DOWNLOAD"],  # noqa: B006  the official default
        modify_benefactor: bool = False,
        warn_if_inherits: bool = True,
        overwrite: bool = True,
    ) -> dict[str, Any]:
        """Let a user, team or group do certain things with an entity and all below it.

        Args:
            entity: The entity or its id.
            principalId: Whom, as id or name; everybody if not given.
            accessType: What: READ, DOWNLOAD, UPDATE, CREATE, DELETE, CHANGE_PERMISSIONS …;
                nothing any more if empty or None.
            modify_benefactor: Change the ACL that is inherited instead of making one here.
            warn_if_inherits: Say so when the entity gets an ACL of its own.
            overwrite: Replace what they may do now; else add to it.

        Returns:
            The ACL as it is stored.
        """
        if hasattr(entity, "putACLURI"):
            acl = await self._acl(entity)
            await self._change_entry(acl, principalId, accessType, overwrite)
            return await self._store_raw_acl(entity, msgspec.to_builtins(acl))
        id = id_of(entity)
        header = await self.call(get_benefactor, id)
        benefactor = str(header.id)
        acl = await self.call(wire.get_acl, benefactor)
        inherits = benefactor != id
        if inherits and modify_benefactor:
            id, inherits = benefactor, False
        elif inherits and warn_if_inherits:
            self.logger.warning(
                "Creating an ACL for entity %s, which formerly inherited access control from %s (%s)",
                id,
                benefactor,
                header.name,
            )
        await self._change_entry(acl, principalId, accessType, overwrite)
        body = wire.AccessControlList(id=id, etag=acl.etag, resource_access=acl.resource_access)
        change = wire.create_acl if inherits else wire.update_acl
        return cast(dict[str, Any], await self.call_json(change, id, body))

    async def _change_entry(
        self,
        acl: wire.AccessControlList,
        principal_id: Any,
        access: list[str] | None,
        overwrite: bool,
    ) -> None:
        principal = await self._principal(principal_id)
        entries = list(acl.resource_access or ())
        old = next((each for each in entries if each.principal_id == principal), None)
        wanted = list(dict.fromkeys(access or ()))
        if old is not None:
            entries.remove(old)
            if not overwrite:
                wanted = list(dict.fromkeys([*(old.access_type or ()), *wanted]))
        if wanted:
            entries.append(
                wire.ResourceAccess(
                    principal_id=principal, access_type=cast("list[wire.AccessType]", wanted)
                )
            )
        acl.resource_access = entries

    async def _get_raw_acl(self, entity: Any, check_benefactor: bool = True) -> dict[str, Any]:
        """The ACL that holds for an entity, or its own, as the server sends it."""
        if hasattr(entity, "getACLURI"):
            return cast(dict[str, Any], await self._rest("GET", entity.getACLURI()))
        id = id_of(entity)
        if check_benefactor:
            id = str((await self.call(get_benefactor, id)).id)
        return cast(dict[str, Any], await self.call_json(wire.get_acl, id))

    async def _store_raw_acl(self, entity: Any, acl: Mapping[str, Any]) -> dict[str, Any]:
        """Store an ACL in the server's form; it makes one where it was inherited so far."""
        if hasattr(entity, "putACLURI"):
            return cast(dict[str, Any], await self._rest("PUT", entity.putACLURI(), dict(acl)))
        id = id_of(entity)
        body = msgspec.convert({**acl, "id": id}, wire.AccessControlList)
        inherits = str((await self.call(get_benefactor, id)).id) != id
        change = wire.create_acl if inherits else wire.update_acl
        return cast(dict[str, Any], await self.call_json(change, id, body))

    get_acl = blocking(get_acl_async)
    getPermissions = blocking(get_acl_async)
    get_permissions = blocking(get_permissions_async)
    setPermissions = blocking(set_permissions_async)
    _getACL = blocking(_get_raw_acl)
    _storeACL = blocking(_store_raw_acl)
