"""/figures: the figures of the last year for a supervisor, who sees no people: shares, counts and times, each with the
change to the year before. `/figures tier 2026-01-01 2026-03-31`: by facility, alliance, tier or pair, of these days.
"""

from datetime import date, timedelta
from typing import Any

from bot.answers import Answer, Say
from bot.cards.parts import bold, lines
from bot.channel import Outgoing
from bot.drafts.days import NoSuchDay, read_days
from bot.handlers.saying import says
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import Markup, has, quote, t
from events.kpis import ALL, By, Period, kpis
from models.values import Language, Role

_YEAR = timedelta(days=364)
_LONGEST = 3500  # characters of one message


async def command(visit: Visit, standing: Standing, rest: str) -> Answer:
    """They are looked up after the commit, in a transaction that only reads."""
    language = standing.language
    if not any(each.role is Role.supervisor for each in standing.party.positions):
        return says(visit, t(language, "figures-only"))
    today = visit.now.astimezone(visit.directory.site_zone).date()
    try:
        days, words = read_days(rest, today)
    except NoSuchDay:
        return says(visit, t(language, "reading-no_such_day"))
    by = words.casefold()
    if by not in ("", *By) or len(days) > 2:
        return says(visit, t(language, "figures-usage"))
    last = days[1] if len(days) == 2 else today
    first = days[0] if days else last - _YEAR
    if first > last:
        return says(visit, t(language, "figures-usage"))
    side, chat, directory = visit.side, visit.inbound.chat, visit.directory

    async def look() -> Say:
        async with side.database.reading() as tx:
            found = await kpis(tx, directory, Period(first, last), By(by) if by else None, None)
        return Say(chat, Outgoing(_shown(language, first, last, found)))

    return Answer(later=look)


def _shown(language: Language, first: date, last: date, found: dict[str, Any]) -> Markup:
    title = bold(t(language, "figures-title", first=str(first), last=str(last)))
    rows, kept = [_line(language, row) for row in found["figures"]], []
    length = len(title)
    for row in rows:
        length += len(row) + 1
        if length > _LONGEST:
            kept.append(t(language, "figures-more"))
            break
        kept.append(row)
    return lines(title, *kept, t(language, "figures-position", position=str(found["position"])))


def _line(language: Language, row: dict[str, Any]) -> Markup:
    name = f"figure-{row['definition'].lower()}"
    said = t(language, name) if has(language, name) else quote(row["definition"])
    group = quote(row["group"]) if row["group"] != ALL else ""
    words = {"name": said, "group": Markup(f" {group}" if group else "")}
    if row["hidden"]:
        return t(language, "figures-hidden", **words)
    if row["value"] is None:
        return t(language, "figures-unknown", **words)
    change = row["change_to_year_before"]
    if row["unit"] == "share":
        parts = f"{row['numerator']}/{row['denominator']}"
        moved = "" if change is None else f", {change * 100:+.1f}"
        return t(language, "figures-share", **words, value=f"{row['value'] * 100:.1f}", parts=parts, change=moved)
    moved = "" if change is None else f", {change:+g}"
    unit = "figures-minutes" if row["unit"] == "minutes" else "figures-number"
    return t(language, unit, **words, value=f"{row['value']:g}", change=moved)
