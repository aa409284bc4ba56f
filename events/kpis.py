"""The figures of a period, by group, beside those of the year before: for `refloop kpi`, and for supervisors in chat.

They are computed from the log up to a position: the same position gives the same figures, whenever it is asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from events import log
from events.base import Recorded
from events.figures import DEFINITIONS, Figure, Measured, measured, summed
from models.database import Transaction
from models.directory import Directory
from models.history import table_of
from models.journal import LogRow
from models.values import StreamKind

_LOG = table_of(LogRow)
_KINDS = (StreamKind.referral, StreamKind.discharge, StreamKind.plan)
_AT_ONCE = 5_000
SILENT_AFTER = timedelta(days=90)
ALL = "all"
# Shares whose denominators are outside the network's own events: from a file of the month, else not computable.
OUTSIDE = {
    "PRIMARY-CARE-SHARE": "visits at primary-care institutions / all visits 基层诊疗量占比 (S0, S3; GO70: 65 %)",
    "IN-COUNTY-SHARE": "residents' visits inside the county / all their visits 县域内就诊率 (S1, S3)",
    "HTN-COVERAGE": "hypertension: managed / estimated patients of the area 健康管理率 (T formula)",
    "DM-COVERAGE": "diabetes: managed / estimated patients of the area 健康管理率 (T formula)",
    "SMI-COVERAGE": "severe mental disorder: managed / registered confirmed (K+)",
    "EARLY-BOOKING": "booked and first checked before week 13 / live births 早孕建册率 (K+)",
    "POSTPARTUM-VISIT": "visited within 28 days of discharge / live births 产后访视率 (K+)",
    "NEWBORN-VISIT": "at least one visit to specification / live births 新生儿访视率 (K+)",
    "ELDERLY-MANAGED": "managed / residents of 65 and more 老年人规范管理率 (K+)",
    "TB-MANAGED": "managed / notified 肺结核管理率 (K+)",
    "OUTPATIENTS-PER-DISCHARGE": "outpatient visits / discharges 门诊出院人次比 (T, tertiary KPI 1)",
    "UP-PER-VISIT": "up-referrals received / hospital outpatients and admissions 双向转诊比例 (A)",
    "DOWN-PER-DISCHARGE": "down-referrals / discharges 双向转诊比例 (A)",
}
# (month such as 2026-03, definition) -> numerator, denominator.
Outside = Mapping[tuple[str, str], tuple[int, int]]


class By(StrEnum):
    """How figures are grouped."""

    facility = "facility"
    alliance = "alliance"
    tier = "tier"
    pair = "pair"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included, in the site's zone."""

    first: date
    last: date

    def holds(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether an instant is in it."""
        return self.first <= at.astimezone(zone).date() <= self.last

    def a_year_before(self) -> "Period":
        """The same days of the year before; 29 February becomes the 28th."""
        return Period(_year_before(self.first), _year_before(self.last))


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


async def kpis(
    tx: Transaction,
    directory: Directory,
    period: Period,
    by: By | None,
    position: int | None,
    outside: Outside | None = None,
) -> dict[str, Any]:
    """The answer: position, period, and one row for each definition and group."""
    last = position if position is not None else (await tx.execute(select(func.max(_LOG.c.position)))).scalar() or 0
    zone = directory.site_zone
    ends = datetime.combine(period.last + timedelta(days=1), time(0), zone)
    cases = [case async for history in _histories(tx, last) for case in measured(history, ends)]
    before = period.a_year_before()
    now = _figures((each for each in cases if period.holds(each.at, zone)), directory, by, ends)
    then = _figures((each for each in cases if before.holds(each.at, zone)), directory, by, ends)
    past = {(each.definition, each.group): each.value for each in then}
    rows = [_row(each, past.get((each.definition, each.group))) for each in now]
    rows += [_silent(cases, directory, ends), *_from_outside(outside, period)]
    return {"position": last, "from": period.first, "to": period.last, "by": by, "figures": rows}


async def _histories(tx: Transaction, last: int) -> "Any":
    """Every referral, discharge and plan, as the log had it at a position."""
    streams = select(_LOG.c.stream).where(_LOG.c.version == 1, _LOG.c.position <= last).order_by(_LOG.c.stream)
    ids = [each for each in (await tx.execute(streams)).scalars() if each.partition("-")[0] in _KINDS]
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        kept: dict[str, list[Recorded]] = {}
        rows = select(_LOG).where(_LOG.c.stream.in_(some), _LOG.c.position <= last)
        for row in await tx.execute(rows.order_by(_LOG.c.stream, _LOG.c.version)):
            kept.setdefault(row.stream, []).append(log.recorded(row))
        for history in kept.values():
            yield history


def _figures(cases: Iterable[Measured], directory: Directory, by: By | None, at: datetime) -> list[Figure]:
    groups: dict[str, list[Measured]] = {}
    for each in cases:
        for group in _groups(each, directory, by, at):
            groups.setdefault(group, []).append(each)
    return [figure for group in sorted(groups) for figure in summed(groups[group], group)]


def _groups(case: Measured, directory: Directory, by: By | None, at: datetime) -> Iterator[str]:
    place = directory.facility(case.facility)
    match by:
        case None:
            yield ALL
        case By.facility:
            yield case.facility
        case By.alliance:
            yield from directory.alliances_of(case.facility, at) or ("none",)
        case By.tier:
            yield str(place.tier) if place else "unknown"
        case By.pair:
            yield f"{case.facility} - {case.other}" if case.other else case.facility


def _row(figure: Figure, before: float | None) -> dict[str, Any]:
    known = DEFINITIONS[figure.definition]
    change = round(figure.value - before, 4) if figure.value is not None and before is not None else None
    return {
        "definition": figure.definition, "group": figure.group, "unit": str(known.unit),
        "numerator": figure.numerator, "denominator": figure.denominator, "value": figure.value,
        "change_to_year_before": change, "hidden": figure.hidden, "says": known.says, "source": known.source,
    }  # fmt: skip


def _silent(cases: Iterable[Measured], directory: Directory, ends: datetime) -> dict[str, Any]:
    """Alliance partners, a centre and a hospital, between which nothing was sent or answered for 90 days."""
    spoken = {
        frozenset((c.facility, c.other)) for c in cases if c.other and timedelta(0) <= ends - c.at <= SILENT_AFTER
    }
    pairs = {
        frozenset((place.id, partner))
        for place in directory.facilities()
        for partner in directory.alliance_partners(place.id, ends)
        if (other := directory.facility(partner)) is not None and other.tier.rank > place.tier.rank
    }
    quiet = sorted(" - ".join(sorted(pair)) for pair in pairs - spoken)
    share = round(len(quiet) / len(pairs), 4) if pairs else None
    return {
        "definition": "SILENT-PAIRS", "group": ALL, "unit": "share", "numerator": len(quiet), "denominator": len(pairs),
        "value": share, "change_to_year_before": None, "hidden": False, "pairs": quiet,
        "says": "alliance partners without a referral or an answer in 90 days / partners", "source": "A",
    }  # fmt: skip


def _from_outside(given: Outside | None, period: Period) -> list[dict[str, Any]]:
    given = given or {}
    first, last = f"{period.first:%Y-%m}", f"{period.last:%Y-%m}"
    asked = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
    rows = []
    for name, says in OUTSIDE.items():
        parts = [value for (month, definition), value in given.items() if definition == name and first <= month <= last]
        top, bottom = sum(part[0] for part in parts), sum(part[1] for part in parts)
        few = bool(parts) and (bottom < 5 or 0 < top < 5)
        shown = bool(parts) and bottom > 0 and not few
        source = f"from the file given: {len(parts)} of {asked} months" if parts else "not computable: give --outside"
        rows.append({
            "definition": name, "group": ALL, "unit": "share", "numerator": top if shown else None,
            "denominator": bottom if shown else None, "value": round(top / bottom, 4) if shown else None,
            "change_to_year_before": None, "hidden": few, "says": says,
            "source": source,
        })  # fmt: skip
    return rows
