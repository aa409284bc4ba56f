"""The texts people were written to in, version by version: what a card said then can be said again in its words."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import Field, SQLModel

from models.database import Transaction, UtcDateTime
from models.history import table_of


class TemplateRow(SQLModel, table=True):
    """All texts of one version, as JSON (language → Fluent source), and since when they are used."""

    __tablename__ = "templates"

    since: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    hash: str
    content: str


_TEMPLATES = table_of(TemplateRow)


async def remember_templates(tx: Transaction, hash_: str, content: str, now: datetime) -> bool:
    """From now on these are used; False where they are already."""
    newest = select(_TEMPLATES.c.hash).order_by(_TEMPLATES.c.since.desc()).limit(1)
    if (await tx.execute(newest)).scalar() == hash_:
        return False
    await tx.execute(insert(_TEMPLATES), [{"since": now, "hash": hash_, "content": content}])
    return True


async def templates_at(tx: Transaction, at: datetime) -> tuple[str, str] | None:
    """Hash and content of what was used then; None where nothing had been remembered by then."""
    query = select(_TEMPLATES.c.hash, _TEMPLATES.c.content).where(_TEMPLATES.c.since <= at)
    row = (await tx.execute(query.order_by(_TEMPLATES.c.since.desc()).limit(1))).first()
    return (row.hash, row.content) if row is not None else None
