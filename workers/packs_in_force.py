"""Which rules count now: the packs that ship, and over them what two admins have activated here.

Kept in memory by each process; looked at again with the directory (DirectoryCache.also), one cheap query when nothing
has changed. A pack that was activated and cannot be read by this version is left out, and that is logged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Text, cast, func, select

from models.clock import Clock
from models.database import Transaction
from models.rule_packs import RulePackRow
from workers.facts import Rules
from workers.rules.calendar import WorkCalendar
from workers.rules.kinds import fitting
from workers.rules.layers import Layer, Level, shipped, stacked
from workers.rules.pack import Pack, packs, parse_pack
from workers.rules.quiet_hours import MessagePolicy
from workers.rules.silence import SilenceTable
from workers.rules.yaml_lines import BadPack, Document

_PACKS = RulePackRow.__table__  # type: ignore[attr-defined]
# How many there are, and the sum of their versions: other than before whenever anything has changed.
_STATE = (
    select(cast(func.count(), Text) + "/" + cast(func.coalesce(func.sum(_PACKS.c.version), 0), Text))
    .select_from(_PACKS)
    .scalar_subquery()
)
_log = structlog.get_logger("rules")


@dataclass(frozen=True, slots=True)
class Activated:
    """One pack that was activated: from which day, and its text."""

    name: str
    hash: str
    place: str | None
    active_from: date
    text: str


def rules_of(zone: ZoneInfo, own: Mapping[str, Pack] | None = None, layers: Sequence[Layer] = ()) -> Rules:
    """The rules made ready: the packs that ship, `own` ones instead where they have the name, and layers over them."""
    by_name = {**packs(), **(own or {})}
    return Rules(
        silence=SilenceTable(by_name["silence"]), triage=by_name["triage"], follow_up=by_name["follow_up"],
        messages=MessagePolicy(by_name["messages"], zone), calendar=WorkCalendar(zone), zone=zone,
        visit=by_name["visit"], hints=by_name["hints"], duties=by_name["duties"],
        layers=(*shipped(), *layers),
    )  # fmt: skip


class PacksInForce:
    """The rules of now; `current()` never waits, `look(transaction)` sees whether something was activated since."""

    state = _STATE

    def __init__(self, clock: Clock, zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone
        self._seen: str | None = None
        self._activated: tuple[Activated, ...] = ()
        self._made: tuple[date, tuple[Activated, ...], Rules] | None = None

    def current(self) -> Rules:
        """The rules of the site's day."""
        today = self._today()
        if self._made is None or self._made[0] != today or self._made[1] is not self._activated:
            self._made = (today, self._activated, rules_counting(self._zone, counting_on(self._activated, today)))
        return self._made[2]

    def counting(self) -> tuple[Activated, ...]:
        """What was activated here and counts on the site's day; nothing: all as shipped."""
        return counting_on(self._activated, self._today())

    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    async def look(self, transaction: Transaction) -> None:
        """Read what is active, when anything has changed."""
        await self.renew(transaction, (await transaction.execute(select(_STATE))).scalar_one())

    async def renew(self, transaction: Transaction, state: str) -> None:
        """The same for whoever has asked for the `state` already."""
        if state == self._seen:
            return
        active = select(_PACKS).where(_PACKS.c.status == "active").order_by(_PACKS.c.active_from, _PACKS.c.activated_at)
        self._activated = tuple(
            Activated(row.name, row.hash, row.place, row.active_from, row.text)
            for row in await transaction.execute(active)
        )
        self._seen = state


def counting_on(activated: Sequence[Activated], today: date) -> tuple[Activated, ...]:
    """Of each pack and place the newest that counts on this day."""
    newest = {(each.name, each.place): each for each in activated if each.active_from <= today}
    return tuple(newest.values())


@lru_cache(maxsize=8)
def rules_counting(zone: ZoneInfo, counting: tuple[Activated, ...]) -> Rules:
    """The rules with these over those that ship; what this version cannot decide by is left out, and that is logged."""
    own: dict[str, Pack] = {}
    layers: list[Layer] = []
    for each in sorted(counting, key=_from_the_top):
        try:
            document = Document(each.text, f"{each.name} {each.hash[:12]}")
            if each.place is None:
                own[each.name] = fitting(parse_pack(document))
            else:
                layers.append(_lying(Layer(document), own.get(each.name) or packs()[each.name], layers))
        except BadPack as error:
            _log.error("an active pack cannot be read by this version", pack=each.name, problem=error.problems[0])
    return rules_of(zone, own, layers)


def _from_the_top(each: Activated) -> int:
    """Packs, then the layers over them, the lowest level last."""
    return 0 if each.place is None else 1 + list(Level).index(Level(each.place.partition(" ")[0]))


def _lying(layer: Layer, pack: Pack, others: Sequence[Layer]) -> Layer:
    """The layer; BadPack where nobody could decide by it, alone or under those that may lie between it and the pack."""
    above = list(Level)[: list(Level).index(layer.file.layer.level)]
    between = [
        [None, *(each for each in others if each.file.name == pack.name and each.file.layer.level is level)]
        for level in above
    ]
    for combination in product(*between):
        fitting(stacked(pack, (*filter(None, combination), layer)))
    return layer
