"""The client of Synapse, the collaborative workspace for reproducible, data-intensive research.

Names are imported when they are first used, so that ``import synapseclient`` costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapseclient.core.version import __version__

if TYPE_CHECKING:
    from synapseclient.activity import Activity
    from synapseclient.annotations import Annotations
    from synapseclient.client import Synapse, login
    from synapseclient.core.permissions import Permissions
    from synapseclient.core.version_check import check_for_updates, release_notes
    from synapseclient.entity import DockerRepository, Entity, File, Folder, Link, Project
    from synapseclient.evaluation import Evaluation, Submission, SubmissionStatus
    from synapseclient.table import (
        Column,
        Dataset,
        EntityViewSchema,
        EntityViewType,
        MaterializedViewSchema,
        PartialRowset,
        Row,
        RowSet,
        Schema,
        SubmissionViewSchema,
        Table,
        as_table_columns,
        build_table,
        delete_rows,
    )
    from synapseclient.team import Team, TeamMember, UserGroupHeader, UserProfile
    from synapseclient.wiki import Wiki

_HOME = {
    "Activity": "synapseclient.activity",
    "Annotations": "synapseclient.annotations",
    "Column": "synapseclient.table",
    "Dataset": "synapseclient.table",
    "DockerRepository": "synapseclient.entity",
    "Entity": "synapseclient.entity",
    "EntityViewSchema": "synapseclient.table",
    "EntityViewType": "synapseclient.table",
    "Evaluation": "synapseclient.evaluation",
    "File": "synapseclient.entity",
    "Folder": "synapseclient.entity",
    "Link": "synapseclient.entity",
    "MaterializedViewSchema": "synapseclient.table",
    "PartialRowset": "synapseclient.table",
    "Permissions": "synapseclient.core.permissions",
    "Project": "synapseclient.entity",
    "Row": "synapseclient.table",
    "RowSet": "synapseclient.table",
    "Schema": "synapseclient.table",
    "Submission": "synapseclient.evaluation",
    "SubmissionStatus": "synapseclient.evaluation",
    "SubmissionViewSchema": "synapseclient.table",
    "Synapse": "synapseclient.client",
    "Table": "synapseclient.table",
    "Team": "synapseclient.team",
    "TeamMember": "synapseclient.team",
    "UserGroupHeader": "synapseclient.team",
    "UserProfile": "synapseclient.team",
    "Wiki": "synapseclient.wiki",
    "as_table_columns": "synapseclient.table",
    "build_table": "synapseclient.table",
    "check_for_updates": "synapseclient.core.version_check",
    "delete_rows": "synapseclient.table",
    "login": "synapseclient.client",
    "release_notes": "synapseclient.core.version_check",
}

AUTHENTICATED_USERS = 273948
"""The group of everybody who is signed in."""
PUBLIC = 273949
"""The group of everybody."""
USER_AGENT = {"User-Agent": f"synapseclient/{__version__}"}
"""How requests name the client."""

__all__ = [
    "AUTHENTICATED_USERS",
    "PUBLIC",
    "USER_AGENT",
    "Activity",
    "Annotations",
    "Column",
    "Dataset",
    "DockerRepository",
    "Entity",
    "EntityViewSchema",
    "EntityViewType",
    "Evaluation",
    "File",
    "Folder",
    "Link",
    "MaterializedViewSchema",
    "PartialRowset",
    "Permissions",
    "Project",
    "Row",
    "RowSet",
    "Schema",
    "Submission",
    "SubmissionStatus",
    "SubmissionViewSchema",
    "Synapse",
    "Table",
    "Team",
    "TeamMember",
    "UserGroupHeader",
    "UserProfile",
    "Wiki",
    "__version__",
    "as_table_columns",
    "build_table",
    "check_for_updates",
    "delete_rows",
    "login",
    "release_notes",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
