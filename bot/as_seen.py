"""As seen: the text and the buttons that somebody had before them at a moment, made again from what was so then.

A card follows its stream within seconds and is left alone until the stream moves on: it showed the state of then in
the words, names, rules and times of the moment it was last written. One that never changes shows what it was sent with.
Rights are those of the moment asked about. Opened details are not shown again: who opened them is in the audit.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from bot.cards.render import render
from bot.earlier_texts import Earlier
from bot.sending.readers import Reader, Readers, load_readers
from bot.sending.views import Subject, may_read, view
from bot.texts import speaking, t
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.past import histories_at, states_at
from events.purposes import PURPOSES, Purpose
from events.referral_state import ReferralState
from models.database import Transaction
from models.deliveries import DeliveryRow, NoticeRow
from models.directory import Directory, load_directory
from models.history import table_of
from workers.rules.in_force import InForce

_NOTICES, _DELIVERIES = table_of(NoticeRow), table_of(DeliveryRow)


@dataclass(frozen=True, slots=True)
class Seen:
    """One message somebody had: since when, why, of which version of the stream, its text and its rows of buttons.

    Without `words_known` nobody had remembered the texts by then: it is told in those of this version.
    """

    sent_at: datetime
    purpose: str
    about: str
    version: int
    text: str
    buttons: tuple[tuple[str, ...], ...]
    words_known: bool


async def as_seen(
    tx: Transaction, loop: str, person: str, at: datetime, rules: Callable[[datetime], InForce]
) -> list[Seen]:
    """What a person had about a loop at that moment, oldest message first; nothing where nothing had reached them.

    `rules` gives the packs that counted at a moment.
    """
    rows = await _delivered(tx, loop, person, at)
    histories = await histories_at(tx, {row["about"] for row in rows}, at)
    notices = await states_at(tx, {row["stream"] for row in rows}, at)
    now, earlier = await _world(tx, person, at), Earlier(tx)
    found = []
    for row in rows:
        purpose, about, written = Purpose(row["purpose"]), row["about"], row["started_at"]
        if PURPOSES[purpose].follows:
            written = max([written, *(each.recorded_at for each in histories.get(about, ()))])
        states, then = await states_at(tx, {about, loop}, written), await _world(tx, person, written)
        state, root = states.get(about), states.get(loop)
        present, reader = now.reader(person, purpose), then.reader(person, purpose)
        if not isinstance(state, ReferralState | DischargeState | PlanState) or present is None or reader is None:
            continue
        subject = Subject(state, root if isinstance(root, ReferralState) else None)
        if not may_read(subject, purpose, present.party, now.directory):
            continue
        words, params = await earlier.at(written), json.loads(row["params"])
        with speaking(words.texts):
            shown = render(
                view(purpose, subject, reader, params, then.directory, written, row["marked"], rules(written))
            )
            text, buttons = _unmarked(shown.text), tuple(tuple(each.label for each in line) for line in shown.buttons)
            if getattr(notices[row["stream"]], "card_withdrawn", False):
                text, buttons = t(reader.language, "card-withdrawn"), ()
            elif _is_replaced(row, rows):
                text, buttons = f"{text}\n{t(reader.language, 'card-replaced')}", ()
        found.append(Seen(row["started_at"], purpose, about, state.version, text, buttons, words.known))
    return found


@dataclass(frozen=True, slots=True)
class _World:
    """The registry of a moment, and one who was told."""

    directory: Directory
    readers: Readers

    def reader(self, person: str, purpose: Purpose) -> Reader | None:
        return next(iter(self.readers.of(person, purpose)), None)


async def _world(tx: Transaction, person: str, at: datetime) -> _World:
    directory = await load_directory(tx, at, recorded=at)
    return _World(directory, await load_readers(tx, {person}, directory, at))


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
