"""As seen: the text and the buttons that somebody had before them at a moment, made again from what was so then.

State, registry, rights and texts are those of the moment. A card follows its stream within seconds, so what it showed
is the state as it was; one that was sent and never changes shows what it was sent with.
Opened details are not shown again: who opened them is in the audit.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.cards.render import render
from bot.earlier_texts import Earlier
from bot.sending.readers import load_readers
from bot.sending.views import Subject, may_read, view
from bot.texts import speaking, t
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.past import states_at
from events.purposes import PURPOSES, Purpose
from events.referral_state import ReferralState
from models.database import Transaction
from models.deliveries import DeliveryRow, NoticeRow
from models.directory import load_directory
from models.history import table_of

_NOTICES, _DELIVERIES = table_of(NoticeRow), table_of(DeliveryRow)


@dataclass(frozen=True, slots=True)
class Seen:
    """One message somebody had: since when, why, of which version of the stream, its text and its rows of buttons."""

    sent_at: datetime
    purpose: str
    about: str
    version: int
    text: str
    buttons: tuple[tuple[str, ...], ...]


async def as_seen(tx: Transaction, loop: str, person: str, at: datetime) -> list[Seen]:
    """What a person had about a loop at that moment, oldest message first; nothing where nothing had reached them."""
    rows = await _delivered(tx, loop, person, at)
    directory = await load_directory(tx, at, recorded=at)
    readers, earlier = await load_readers(tx, {person}, directory, at), Earlier(tx)
    found = []
    for row in rows:
        purpose = Purpose(row["purpose"])
        moment = at if PURPOSES[purpose].follows else row["started_at"]
        states = await states_at(tx, {row["about"], loop}, moment)
        state, root = states.get(row["about"]), states.get(loop)
        reader = next(iter(readers.of(person, purpose)), None)
        if not isinstance(state, ReferralState | DischargeState | PlanState) or reader is None:
            continue
        subject = Subject(state, root if isinstance(root, ReferralState) else None)
        if not may_read(subject, purpose, reader.party, directory):
            continue
        with speaking(await earlier.at(moment)):
            shown = render(view(purpose, subject, reader, json.loads(row["params"]), directory, moment, row["marked"]))
            text, buttons = _unmarked(shown.text), tuple(tuple(each.label for each in line) for line in shown.buttons)
            if _is_replaced(row, rows):
                text, buttons = f"{text}\n{t(reader.language, 'card-replaced')}", ()
        found.append(Seen(row["started_at"], purpose, row["about"], state.version, text, buttons))
    return found


async def _delivered(tx: Transaction, loop: str, person: str, at: datetime) -> Sequence[RowMapping]:
    """The messages about the loop that had reached the person by then."""
    columns = (*(_NOTICES.c[name] for name in ("stream", "about", "purpose", "params", "marked", "step")),)
    query = (
        select(*columns, _DELIVERIES.c.started_at)
        .join(_DELIVERIES, _DELIVERIES.c.notice == _NOTICES.c.stream)
        .where(_NOTICES.c.loop == loop, _NOTICES.c.recipient == person)
        .where(_DELIVERIES.c.message.is_not(None), _DELIVERIES.c.started_at <= at)
        .order_by(_DELIVERIES.c.started_at, _NOTICES.c.stream)
    )
    return (await tx.execute(query)).mappings().all()


def _is_replaced(row: RowMapping, rows: Sequence[RowMapping]) -> bool:
    """Whether the same was asked again later, in a message that took the buttons over."""
    later = [each for each in rows if (each["started_at"], each["stream"]) > (row["started_at"], row["stream"])]
    return any(each["marked"] and each["about"] == row["about"] and each["purpose"] == row["purpose"] for each in later)


def _unmarked(text: str) -> str:
    """Telegram HTML as a terminal shows it."""
    return unescape(re.sub(r"<[^>]+>", "", text))
