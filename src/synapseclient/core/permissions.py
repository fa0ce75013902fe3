"""What one may do with an entity, in the official form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from synapse_wire.base import camel

_ACCESS = {
    "can_view": "READ",
    "can_edit": "UPDATE",
    "can_add_child": "CREATE",
    "can_download": "DOWNLOAD",
    "can_delete": "DELETE",
    "can_change_permissions": "CHANGE_PERMISSIONS",
    "can_change_settings": "CHANGE_SETTINGS",
    "can_moderate": "MODERATE",
}


@dataclass
class Permissions:
    """Each ``can_…`` says whether; ``access_types`` lists the kinds of access."""

    can_view: bool = False
    can_edit: bool = False
    can_move: bool = False
    can_add_child: bool = False
    can_certified_user_edit: bool = False
    can_certified_user_add_child: bool = False
    is_certified_user: bool = False
    can_change_permissions: bool = False
    can_change_settings: bool = False
    can_delete: bool = False
    can_download: bool = False
    can_upload: bool = False
    can_enable_inheritance: bool = False
    owner_principal_id: int = 0
    can_public_read: bool = False
    can_moderate: bool = False
    is_certification_required: bool = False
    is_entity_open_data: bool = False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Permissions:
        """From what the server sends."""
        names = [each.name for each in fields(cls)]
        return cls(**{name: data[camel(name)] for name in names if camel(name) in data})

    @property
    def access_types(self) -> list[str]:
        """The kinds of access that you have."""
        return [kind for name, kind in _ACCESS.items() if getattr(self, name)]
