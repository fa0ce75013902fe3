"""The client of Synapse, the collaborative workspace for reproducible, data-intensive research.

Names are imported when they are first used, so that ``import synapseclient`` costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from synapseclient.core.lazy import first_use
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
    "Activity": "activity",
    "Annotations": "annotations",
    "Column": "table",
    "Dataset": "table",
    "DockerRepository": "entity",
    "Entity": "entity",
    "EntityViewSchema": "table",
    "EntityViewType": "table",
    "Evaluation": "evaluation",
    "File": "entity",
    "Folder": "entity",
    "Link": "entity",
    "MaterializedViewSchema": "table",
    "PartialRowset": "table",
    "Permissions": "core.permissions",
    "Project": "entity",
    "Row": "table",
    "RowSet": "table",
    "Schema": "table",
    "Submission": "evaluation",
    "SubmissionStatus": "evaluation",
    "SubmissionViewSchema": "table",
    "Synapse": "client",
    "Table": "table",
    "Team": "team",
    "TeamMember": "team",
    "UserGroupHeader": "team",
    "UserProfile": "team",
    "Wiki": "wiki",
    "as_table_columns": "table",
    "build_table": "table",
    "check_for_updates": "core.version_check",
    "delete_rows": "table",
    "login": "client",
    "release_notes": "core.version_check",
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
    value = globals()[name] = first_use(__name__, name, _HOME)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
