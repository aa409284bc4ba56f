"""The diff of a what-if as a page."""

from collections.abc import Mapping
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from admin.output import instants_local, local
from admin.pages import document, rows
from workers.what_if.comparing import FACETS, Diff, LoopDiff


def words(entry: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    """What one side decided, such as `due 2026-03-04 12:00:00`."""
    return [f"{name} {instants_local(value, zone)}" for name, value in entry.items() if name != "stream"]


def hour(line: Mapping[str, Any], zone: ZoneInfo) -> str:
    """The hour of a line of `Diff.notices`, as the site's clocks show it."""
    return instants_local(f"{line['hour']}:00", zone)[:-3]


def page(diff: Diff, zone: ZoneInfo) -> str:
    """One page: what was asked, what would be otherwise loop by loop, and what it means for people."""
    asked = rows(
        ["pack", "from", "to", "loops", "events", "would be otherwise"],
        [
            [diff.pack, local(diff.since, zone), local(diff.until, zone), str(diff.loops), str(diff.events),
             str(len(diff.changed))]
        ],
    )  # fmt: skip
    parts = [asked]
    if diff.empty:
        parts.append("<p>Nothing would have been otherwise, byte for byte.</p>")
    parts += [_loop(each, zone) for each in diff.changed]
    if diff.notices:
        parts.append("<h2>Notices per person and hour</h2>")
        told = [[line["to"], hour(line, zone), str(line["was"]), str(line["would_be"])] for line in diff.notices]
        parts.append(rows(["person", "hour from", "was", "would be"], told))
    if diff.budget:
        over = f"{diff.budget['over_was']} → {diff.budget['over_would_be']}"
        parts.append(f"<p>Routine messages over the patients' budget: {over}</p>")
    if diff.not_reproduced:
        parts.append(f'<p class="missing">Not played exactly as recorded: {escape(", ".join(diff.not_reproduced))}</p>')
    return document("What if", "".join(parts))


def _loop(each: LoopDiff, zone: ZoneInfo) -> str:
    lines = [
        [facet, "was" if sign == "-" else "would be", " · ".join(words(entry, zone))]
        for facet in FACETS
        for sign, entries in (("-", each.was[facet]), ("+", each.would_be[facet]))
        for entry in entries
    ]
    ends = ""
    if each.unknown is not None:
        when, what = local(each.unknown.at, zone), f"{each.unknown.type} by {each.unknown.by}"
        ends = f'<p class="missing">Unknown from {when}: {escape(what)} answered something else.</p>'
    return f"<h2>{escape(each.code or each.loop)}</h2>{rows(['what', 'side', 'decision'], lines)}{ends}"
