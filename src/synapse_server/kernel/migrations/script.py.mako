"""${message}"""

from __future__ import annotations

from synapse_server.kernel.migrations import steps

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

TABLES = """
"""


def upgrade() -> None:
    """Create the tables and the sequences."""
    steps.run(TABLES)
    steps.sequences({})
