"""/notices: an admin sees what waits and what is held, and stops or releases everything with one press."""

from sqlalchemy import func, select

from bot.answers import Answer, Say
from bot.cards.times import short
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import Markup, plain, t
from bot.view import Button, Rendered
from models import holds
from models.audit import write_audit
from models.deliveries import NoticeRow
from models.history import table_of
from models.values import Role

HOLD, RELEASE = "hold_notices", "release_notices"
_NOTICES = table_of(NoticeRow)


def _admin(visit: Visit) -> Standing | None:
    """Whoever of this chat is an admin now."""
    return next(
        (each for each in visit.standings if any(held.role is Role.admin for held in each.party.positions)), None
    )


async def notices(visit: Visit) -> Answer:
    """What waits, what is held, and one button."""
    admin = _admin(visit)
    if admin is None:
        return Answer(says=(Say(visit.inbound.chat, visit.text("notices-admins-only")),))
    language = admin.language
    waiting = select(func.count()).where(_NOTICES.c.state.in_(("waiting", "retry")))
    number = (await visit.tx.execute(waiting)).scalar_one()
    said = [t(language, "notices-title"), t(language, "notices-waiting", count=number)]
    running = await holds.running(visit.tx)
    for row in running:
        count = sum((await holds.count(visit.tx, row["id"])).values())
        since = short(language, row["at"], visit.now, visit.directory.site_zone)
        what = row["purpose"] or row["facility"] or row["pack"] or "*"
        said.append(t(language, "notices-held", purpose=what, count=count, since=since, reason=row["reason"]))
    if not running:
        said.append(t(language, "notices-none"))
    lines = [(Button(plain(language, "button-hold-notices"), HOLD),)]
    if running:
        lines.append((Button(plain(language, "button-release-notices"), RELEASE),))
    asked = Asked(admin.party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(Rendered(Markup("\n".join(said)), tuple(lines)), asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))


async def pressed(visit: Visit, action: str) -> Answer:
    """Hold everything but stat, or release all that is held; only for somebody who is an admin now."""
    admin = _admin(visit)
    if admin is None:
        return Answer(toast=plain(visit.language, "notices-admins-only"), alert=True)
    actor = f"person:{admin.party.id}"
    if action == HOLD:
        there = [row for row in await holds.running(visit.tx) if not any(row[name] for name in _NARROW)]
        if not there:
            await holds.hold(visit.tx, holds.Wish(), "by chat", actor, visit.now)
            await write_audit(visit.tx, visit.now, actor, "notices hold", "all")
        return Answer(toast=plain(admin.language, "notices-are-held"))
    for row in await holds.running(visit.tx):
        await holds.release(visit.tx, row["id"], actor, visit.now)
        await write_audit(visit.tx, visit.now, actor, "notices release", row["id"])
    return Answer(toast=plain(admin.language, "notices-are-released"))


_NARROW = ("purpose", "facility", "pack")
