"""What a chat is in the middle of: words that are waited for, a second factor, whose reading it is, a piece of a draft.

Sealed under the site key: it is what somebody typed. One form per chat; a new one replaces the old.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, select

from bot.handlers.visit import Visit
from models.deliveries import FormRow
from models.sealed import SITE

_FORMS = FormRow.__table__  # type: ignore[attr-defined]

WAITS = timedelta(minutes=30)


class FormKind(StrEnum):
    """What is waited for."""

    words = "words"
    second_factor = "second_factor"
    whom = "whom"
    draft = "draft"
    unclear = "unclear"
    identifier = "identifier"


@dataclass(frozen=True, slots=True)
class Form:
    """What is waited for, and what was given so far."""

    kind: FormKind
    data: dict[str, str]


def _place(chat: int, kind: str) -> str:
    return f"forms|data|{chat}|{kind}"


async def begin(visit: Visit, kind: FormKind, **data: str) -> None:
    """Wait for something in this chat."""
    chat = visit.inbound.chat
    await drop(visit)
    sealed = visit.side.keyring.seal(SITE, json.dumps(data, ensure_ascii=False), _place(chat, kind))
    row = {"chat": chat, "state": kind, "data": sealed, "updated_at": visit.now}
    await visit.tx.execute(insert(_FORMS), [row])


async def pending(visit: Visit) -> Form | None:
    """What this chat is in the middle of; nothing that was left standing for half an hour."""
    query = select(_FORMS).where(_FORMS.c.chat == visit.inbound.chat)
    row = (await visit.tx.execute(query)).mappings().first()
    if row is None or row["updated_at"] + WAITS < visit.now:
        return None
    opened = visit.side.keyring.open(SITE, row["data"], _place(row["chat"], row["state"]))
    return Form(FormKind(row["state"]), json.loads(opened))


async def drop(visit: Visit) -> None:
    """Wait for nothing any more."""
    await visit.tx.execute(delete(_FORMS).where(_FORMS.c.chat == visit.inbound.chat))
