"""/notices: an admin sees what waits and what is held, and stops or releases everything with one press.

What held itself (workers/flood.py) has its own button on the card that tells of it. Typed: `/notices hold`, `/notices
release`, and "release" in reply to that card.
"""

import json

from sqlalchemy import func, select

from bot.answers import Answer, Say
from bot.cards.times import short
from bot.channel import Outgoing
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import Markup, plain, quote, t
from bot.view import Button, Rendered
from events.purposes import Purpose
from models import holds
from models.audit import write_audit
from models.deliveries import DeliveryRow, NoticeRow
from models.history import table_of
from models.values import Language, Role

HOLD, RELEASE = "hold_notices", "release_notices"
_BY_CHAT = "by chat"
_NOTICES, _DELIVERIES = table_of(NoticeRow), table_of(DeliveryRow)


def _admin(visit: Visit) -> Standing | None:
    """Whoever of this chat is an admin now."""
    return next(
        (each for each in visit.standings if any(held.role is Role.admin for held in each.party.positions)), None
    )


async def notices(visit: Visit, rest: str = "") -> Answer:
    """What waits, what is held, and one button; `rest`: the word of a button, which does what the button does."""
    admin = _admin(visit)
    if admin is None:
        return Answer(says=(Say(visit.inbound.chat, visit.text("notices-admins-only")),))
    for action, key in ((HOLD, "typed-hold-notices"), (RELEASE, "typed-release-notices")):
        if is_word(key, rest):
            return _in_words(visit, await pressed(visit, action))
    return Answer(says=(await _shown(visit, admin),))


async def _shown(visit: Visit, admin: Standing, over: int | None = None) -> Say:
    """What waits and what is held now; `over`: the message it takes the place of."""
    language = admin.language
    waiting = select(func.count()).where(_NOTICES.c.state.in_(("waiting", "retry")))
    number = (await visit.tx.execute(waiting)).scalar_one()
    said = [t(language, "notices-title"), t(language, "notices-waiting", count=number)]
    running = await holds.running(visit.tx)
    for row in running:
        count = sum((await holds.count(visit.tx, row["id"])).values())
        since = short(language, row["at"], visit.now, visit.directory.site_zone)
        what = row["purpose"] or row["facility"] or row["pack"] or t(language, "notices-everything")
        why = _who(visit, language, row["by"]) if row["reason"] == _BY_CHAT else row["reason"]
        said.append(t(language, "notices-held", purpose=what, count=count, since=since, reason=why))
    if not running:
        said.append(t(language, "notices-none"))
    lines = [(Button(plain(language, "button-hold-notices"), HOLD),)]
    if running:
        lines.append((Button(plain(language, "button-release-notices"), RELEASE),))
    asked = Asked(admin.party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(Rendered(Markup("\n".join(said)), tuple(lines)), asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Say(visit.inbound.chat, outgoing, over=over)


def _who(visit: Visit, language: Language, actor: str) -> str:
    """The name of whoever held them in chat."""
    unique = actor.removeprefix("person:")
    person = visit.directory.person(unique)
    return person.name(language) if person else unique


async def typed(visit: Visit) -> Answer | None:
    """ "Release", in reply to the card that tells of a hold; None for anything else."""
    if visit.inbound.message is None or not is_word("typed-release-notices", visit.inbound.text):
        return None
    # Such a card follows nothing, so it is known by its delivery only.
    query = (
        select(_NOTICES.c.params)
        .join(_DELIVERIES, _DELIVERIES.c.notice == _NOTICES.c.stream)
        .where(_DELIVERIES.c.chat == visit.inbound.chat, _DELIVERIES.c.message == visit.inbound.message)
        .where(_NOTICES.c.purpose == Purpose.parked)
    )
    hold = json.loads((await visit.tx.execute(query)).scalar() or "{}").get("hold")
    return _in_words(visit, await pressed(visit, RELEASE, hold)) if hold else None


def is_word(key: str, text: str) -> bool:
    """Whether the text is one of these words, in any language."""
    listed = ",".join(plain(each, key).replace("、", ",") for each in Language)
    return text.strip().casefold() in {word.strip().casefold() for word in listed.split(",")}


def _in_words(visit: Visit, answer: Answer) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, Outgoing(quote(answer.toast, 300))),))


async def pressed(visit: Visit, action: str, hold: str | None = None) -> Answer:
    """Hold everything but stat, or release all that is held, or one `hold`; only for somebody who is an admin now."""
    admin = _admin(visit)
    if admin is None:
        return Answer(toast=plain(visit.language, "notices-admins-only"), alert=True)
    actor = f"person:{admin.party.id}"
    if action == HOLD:
        there = [row for row in await holds.running(visit.tx) if not any(row[name] for name in _NARROW)]
        if not there:
            await holds.hold(visit.tx, holds.Wish(), _BY_CHAT, actor, visit.now)
            await write_audit(visit.tx, visit.now, actor, "notices hold", "all")
        return Answer(toast=plain(admin.language, "notices-are-held"), says=await _anew(visit, admin))
    if hold is not None:
        count = await holds.release(visit.tx, hold, actor, visit.now)
        if count is None:
            return Answer(toast=plain(admin.language, "held-gone"), alert=True)
        await write_audit(visit.tx, visit.now, actor, "notices release", hold)
        return Answer(toast=plain(admin.language, "held-released", count=count), alert=True)
    for row in await holds.running(visit.tx):
        await holds.release(visit.tx, row["id"], actor, visit.now)
        await write_audit(visit.tx, visit.now, actor, "notices release", row["id"])
    return Answer(toast=plain(admin.language, "notices-are-released"), says=await _anew(visit, admin))


async def _anew(visit: Visit, admin: Standing) -> tuple[Say, ...]:
    """The list that was pressed says what is so now, with the button that takes it back."""
    return (await _shown(visit, admin, visit.inbound.message),) if visit.inbound.message is not None else ()


_NARROW = ("purpose", "facility", "pack")
