"""What Alembic runs. Within Refloop it is given a connection (models/migrations/schema.py).

A new migration is written from the difference between models/ and a database at the last revision:

    rm -f /tmp/next.db
    alembic -x database=sqlite:////tmp/next.db upgrade head
    alembic -x database=sqlite:////tmp/next.db revision --autogenerate --rev-id 0002 -m "what changes"

then read it, tidy it (`ruff check --fix`), and run tests/integration/test_migrations.py, which
compares both engines with models/. As long as nothing is released, the first one is written anew instead:
remove versions/0001_initial.py and run the last command with `--rev-id 0001 -m initial` on an empty file.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _add_table
from alembic.operations import ops
from sqlalchemy import Connection, create_engine
from sqlmodel.sql.sqltypes import AutoString

from models.database import UtcDateTime
from models.migrations.schema import metadata

_WIDTH = 110


def _written(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """How a type of ours is written in a migration."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


@renderers.dispatch_for(ops.CreateTableOp, replace=True)
def _packed(autogen: AutogenContext, operation: ops.CreateTableOp) -> str:
    """A new table in as few lines as it needs, instead of a line a column."""
    head, *parts = _add_table(autogen, operation).replace("\n)", ")").split("\n")
    lines = [head]
    for part in parts:
        begins = len(lines) == 1 or part.startswith("sa.Check") or len(lines[-1]) + len(part) > _WIDTH
        if begins:
            lines.append(f"    {part}")
        else:
            lines[-1] += f" {part}"
    return "\n".join(lines)


def _shorter(_context: Any, _revision: Any, scripts: list[Any]) -> None:
    """A dropped table takes its indexes with it: no lines for them."""
    for operations in (script.downgrade_ops for script in scripts):
        gone = {each.table_name for each in operations.ops if isinstance(each, ops.DropTableOp)}
        operations.ops = [
            each for each in operations.ops if not (isinstance(each, ops.ModifyTableOps) and each.table_name in gone)
        ]


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        render_item=_written,
        process_revision_directives=_shorter,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["database"]).begin() as own:
        _run(own)
