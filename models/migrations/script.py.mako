"""${message.capitalize()}.

Log migrations only add nullable columns; meaning changes by upcaster. Never alter the log in batch mode.
"""

# ruff: noqa: E501 - the conditions of indexes and CHECK constraints stay on their lines

import sqlalchemy as sa
from alembic import op

from models.database import UtcDateTime
from models.migrations.append_only import protect

revision = "${up_revision}"
down_revision = ${'"%s"' % down_revision if down_revision else None}


# fmt: off
def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    protect(op.get_bind())


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
    protect(op.get_bind())
