"""The database's own refusal to change or remove what was recorded, made at the end of every migration.

Alembic's batch mode on SQLite copies a table and silently leaves its triggers behind; so `protect` runs after
every migration, and `missing` is asked at start-up, by `refloop doctor` and by the migration test.
"""

from sqlalchemy import Connection, inspect, text

# Each with what makes two rows the same.
TABLES = {
    "log": "id = NEW.id OR position = NEW.position OR (stream = NEW.stream AND version = NEW.version)",
    "audit": "id = NEW.id",
}

_SQLITE = {
    # Without the third, INSERT OR REPLACE would remove a row: SQLite fires no DELETE trigger for it.
    "update": "BEFORE UPDATE ON {table}",
    "delete": "BEFORE DELETE ON {table}",
    "replace": "BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})",
}
_POSTGRESQL = {
    "change": "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
    "truncate": "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
}
_REFUSE = """
CREATE OR REPLACE FUNCTION refloop_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


def _name(table: str, what: str) -> str:
    return f"{table}_append_only_{what}"


def protect(connection: Connection) -> None:
    """Make what is missing, on every table that is append only and there."""
    there = [table for table in TABLES if inspect(connection).has_table(table)]
    if connection.dialect.name == "sqlite":
        for table in there:
            for what, pattern in _SQLITE.items():
                when = pattern.format(table=table, same=TABLES[table])
                connection.execute(
                    text(
                        f"CREATE TRIGGER IF NOT EXISTS {_name(table, what)} {when} "
                        f"BEGIN SELECT RAISE(ABORT, '{table} is append only: {what} refused'); END"
                    )
                )
        return
    connection.execute(text(_REFUSE))
    for table in there:
        for what, when in _POSTGRESQL.items():
            name = _name(table, what)
            connection.execute(
                text(
                    f"CREATE OR REPLACE TRIGGER {name} {when.format(table=table)} "
                    "EXECUTE FUNCTION refloop_append_only()"
                )
            )
            # Also in a session that calls itself a replica, where ordinary triggers rest.
            connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"))
        # The owner too; it would have to grant the right back to itself first.
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC, CURRENT_USER"))


def missing(connection: Connection) -> list[str]:
    """The names of the triggers that should be there and are not, or are switched off."""
    if connection.dialect.name == "sqlite":
        kinds, found = _SQLITE, "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        kinds, found = _POSTGRESQL, "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'"
    there = set(connection.execute(text(found)).scalars())
    return [_name(table, what) for table in TABLES for what in kinds if _name(table, what) not in there]
