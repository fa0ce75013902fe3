"""The ACLs of one entity or of a tree, in the official form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class AclEntry:
    """What one user, team or group may do."""

    principal_id: str
    permissions: list[str] = field(default_factory=list)
    """Kinds of access: READ, DOWNLOAD, UPDATE …"""


@dataclass
class EntityAcl:
    """The ACL that an entity has of its own."""

    entity_id: str
    acl_entries: list[AclEntry] = field(default_factory=list)

    @classmethod
    def from_dict(cls, entity_id: str, acl_dict: Mapping[str, list[str]] | None) -> EntityAcl:
        """From kinds of access by principal."""
        return cls(entity_id, _entries(acl_dict))

    def to_dict(self) -> dict[str, list[str]]:
        """Kinds of access by principal."""
        return {each.principal_id: each.permissions for each in self.acl_entries}


@dataclass
class AclListResult:
    """The ACLs of a tree; what inherits has none."""

    all_entity_acls: list[EntityAcl] = field(default_factory=list)
    entity_acl: list[AclEntry] = field(default_factory=list)
    """That of the entity that was asked about; empty if it inherits."""
    ascii_tree: str | None = None
    """The tree as text, if ``log_tree`` was asked for."""

    @classmethod
    def from_dict(
        cls,
        current_acl_dict: Mapping[str, list[str]] | None,
        all_acl_dict: Mapping[str, Mapping[str, list[str]]],
    ) -> AclListResult:
        """From kinds of access by principal, by entity."""
        every = [EntityAcl.from_dict(id, entries) for id, entries in all_acl_dict.items()]
        return cls(every, _entries(current_acl_dict))

    def to_dict(self) -> dict[str, dict[str, list[str]]]:
        """Kinds of access by principal, by entity."""
        return {each.entity_id: each.to_dict() for each in self.all_entity_acls}


def _entries(acl: Mapping[str, list[str]] | None) -> list[AclEntry]:
    return [AclEntry(principal, permissions) for principal, permissions in (acl or {}).items()]
