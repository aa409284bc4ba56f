"""The staff side held in memory: who is where, who is on duty, who answers for what; pure lookups.

A directory is what we hold to be so at one instant. Every lookup that depends on the day takes `at`: the
rota, dated roles and desk hours are worked out for that instant, on the wall clock of the facility.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from models.database import Transaction
from models.directory_rows import read_contents
from models.history import directory_epoch
from models.places import Closed, Contents, Department, Duty, DutyOverride, Leave
from models.register import Register
from models.values import Role

_DAY = 24 * 60  # minutes

T = TypeVar("T", Duty, DutyOverride)


async def load_directory(tx: Transaction, at: datetime, recorded: datetime | None = None) -> "Directory":
    """The directory of what was valid at `at`; with `recorded`, as far as we knew at that instant."""
    epoch = await directory_epoch(tx)
    return Directory(await read_contents(tx, at, recorded), epoch)


class Directory(Register):
    """A snapshot of the staff side; never changes. `epoch` says of which state of the registry."""

    def __init__(self, contents: Contents, epoch: int = 0) -> None:
        super().__init__(contents)
        self.epoch = epoch
        self._duties = _by_place(sorted(contents.duties, key=lambda duty: (duty.place, duty.person)))
        self._overrides = _by_place(contents.duty_overrides)
        self._closed = contents.closed
        self._leaves = sorted(contents.leaves, key=lambda leave: (leave.first_day, leave.cover))

    # Duty and desks

    def on_duty(self, facility: str, department: str | None, at: datetime) -> tuple[str, ...]:
        """Ids of the people on duty then, in the order they are asked; no department: the facility's duty.

        An override replaces the rota while it lasts. Who has no role there any more is left out.
        """
        local = at.astimezone(self.zone(facility))
        key = (facility, department)
        asked: Iterable[str] = (each.person for each in self._duties.get(key, ()) if each.window.holds(local))
        for override in self._overrides.get(key, ()):
            day = override.window.day_of(local)
            if day is not None and override.first_day <= day <= override.last_day:
                asked = override.people
        return tuple(dict.fromkeys(each for each in asked if self.is_practitioner_at(each, facility, at)))

    def next_shift(self, at: datetime) -> datetime:
        """The next instant after `at` at which some duty begins or ends; a day later where there is none."""
        windows = {(each.facility, each.window) for several in self._duties.values() for each in several}
        windows |= {(each.facility, each.window) for several in self._overrides.values() for each in several}
        found = []
        for facility, window in windows:
            local = at.astimezone(self.zone(facility))
            for minute in (window.start % _DAY, window.end % _DAY):
                for days in (0, 1):
                    day = local.date() + timedelta(days=days)
                    found.append(datetime.combine(day, time(*divmod(minute, 60)), local.tzinfo))
        return min((each for each in found if each > at), default=at + timedelta(days=1))

    def duty_on(self, facility: str, day: date) -> tuple[str, ...]:
        """Ids of everybody who is on duty there at some time of that day, in any department."""
        zone = self.zone(facility)
        people: dict[str, None] = {}
        for (place, department), several in self._duties.items():
            starts = {each.window.start for each in several} if place == facility else set()
            for minute in sorted(starts):
                at = datetime.combine(day, time(*divmod(minute % _DAY, 60)), zone)
                people |= dict.fromkeys(self.on_duty(facility, department, at))
        return tuple(people)

    def desk(self, facility: str, department: str, at: datetime) -> tuple[str, ...]:
        """Ids of the people at the department's referral desk, in order, open or not; else its heads."""
        place = self.department(facility, department)
        named = place.desk_people if place else ()
        there = tuple(each for each in named if self.is_practitioner_at(each, facility, at))
        return there or self.with_role(Role.head, facility, at, department)

    def desk_open(
        self,
        facility: str,
        department: str,
        at: datetime,
        is_working: Callable[[date], bool] | None = None,
    ) -> bool:
        """Whether the department's referral desk has its hours then.

        `is_working` is the work calendar: on a holiday in the week the desk is shut, on a make-up day
        without hours of its own it keeps Monday's. Without a calendar only the registry's own days are known.
        """
        place = self.department(facility, department)
        if place is None or self.closed(facility, department, at):
            return False
        local = at.astimezone(self.zone(facility))
        for window in place.desk_hours:
            day = window.day_of(local)
            if day is not None and self._desk_weekday(place, day, is_working) in window.days:
                return True
        return False

    def _desk_weekday(self, place: Department, day: date, is_working: Callable[[date], bool] | None) -> int | None:
        """Which weekday's hours the desk keeps on a day; None: it is shut."""
        weekday, weekend = day.weekday(), day.weekday() >= 5
        working = self._days.get(day)
        if working is None and is_working is not None and is_working(day) == weekend:
            working = weekend
        if working is False:
            return None
        own = any(weekday in window.days for window in place.desk_hours)
        return 0 if working and weekend and not own else weekday

    def closed(self, facility: str, department: str | None, at: datetime) -> Closed | None:
        """Why nobody is taken there then: department or whole facility closed; None: it is open."""
        for each in self._closed:
            here = each.facility == facility and each.department in (None, department)
            if here and each.since <= at and (each.until is None or at < each.until):
                return each
        return None

    # Who answers for what

    def coordinator(self, facility: str, at: datetime) -> str | None:
        """The coordinator who answers for a facility: on duty, else any it has, else its parent's."""
        for place in self.upwards(facility):
            known = self.with_role(Role.coordinator, place.id, at)
            present = [each for each in self.on_duty(place.id, None, at) if each in known]
            if present or known:
                return (present or list(known))[0]
        return None

    def coordinated_by(self, facility: str, at: datetime) -> tuple[str, ...]:
        """Ids of the facilities below that have no coordinator of their own and lean on this one's."""
        leaning = []
        for place in self.facilities():
            named = (each.id for each in self.upwards(place.id) if self.with_role(Role.coordinator, each.id, at))
            if place.id != facility and next(named, None) == facility:
                leaning.append(place.id)
        return tuple(leaning)

    def head(self, facility: str, department: str | None, at: datetime) -> str | None:
        """The head of a department, else of the facility, else of its parent."""
        own = self.with_role(Role.head, facility, at, department) if department else ()
        if own:
            return own[0]
        for place in self.upwards(facility):
            heads = [
                each.person
                for each in self._roles_at.get(place.id, ())
                if each.role is Role.head and each.department is None and self._holds(each, at)
            ]
            if heads:
                return min(heads)
        return None

    def discharge_desk(self, facility: str, at: datetime) -> str | None:
        """Who looks after return forms there: on duty first, else any with the role, else the coordinator."""
        known = self.with_role(Role.discharge_desk, facility, at)
        present = [each for each in self.on_duty(facility, None, at) if each in known]
        found = present or list(known)
        return found[0] if found else self.coordinator(facility, at)

    def next_tier_coordinator(self, facility: str, at: datetime) -> str | None:
        """The coordinator of the tier above the one that answers: the parents first, then the alliances, nearest first.

        A clinic without a coordinator of its own leans on its parent's: the next is then above the parent.
        """
        answers = (place for place in self.upwards(facility) if self.with_role(Role.coordinator, place.id, at))
        here = next(answers, self.facility(facility))
        if here is None:
            return None
        partners = [self._facilities[each] for each in self.alliance_partners(here.id, at)]
        partners.sort(key=lambda each: (each.tier.rank, here.driving_minutes.get(each.id, 10_000), each.id))
        for place in [*self.upwards(here.id), *partners]:
            found = self.coordinator(place.id, at) if place.tier.rank > here.tier.rank else None
            if found is not None:
                return found
        return None

    def covering_facility(self, facility: str, at: datetime) -> str | None:
        """Which facility looks after this one's patients then: as its table says, else itself if on duty.

        None: nobody covers now, and a patient who writes must be told so.
        """
        place = self.facility(facility)
        if place is None:
            return None
        local = at.astimezone(self.zone(facility))
        for cover in place.covering:
            if cover.window.holds(local):
                return cover.facility
        departments = [None, *(each.code for each in self.departments(facility))]
        return facility if any(self.on_duty(facility, code, at) for code in departments) else None

    def team_lead(self, team: str, at: datetime) -> str | None:
        """Who answers for a family-doctor team: its lead, else the next member who still works there."""
        found = self.team(team)
        people = (found.lead, *found.members) if found else ()
        return next((each for each in people if found and self.is_practitioner_at(each, found.facility, at)), None)

    def stands_in(self, person: str, facility: str, at: datetime) -> str:
        """Who does somebody's follow-up work at a facility then: on leave their cover, and whoever covers the cover.

        A cover who does not work there then covers nobody: the person on leave stays answerable.
        """
        day, seen = at.astimezone(self.zone(facility)).date(), [person]
        while True:
            covers = [
                each.cover
                for each in self._leaves
                if each.person == seen[-1] and each.first_day <= day <= each.last_day
            ]
            if not covers or covers[-1] in seen or not self.is_practitioner_at(covers[-1], facility, at):
                return seen[-1]
            seen.append(covers[-1])

    def leaves_of(self, person: str, since: date) -> tuple[Leave, ...]:
        """The leaves of a person, or those in which the person covers, that end on that day or later."""
        return tuple(each for each in self._leaves if person in (each.person, each.cover) and each.last_day >= since)

    def team_people(self, team: str, at: datetime) -> tuple[str, ...]:
        """Everybody of a family-doctor team who works there then, the lead first."""
        found = self.team(team)
        if found is None:
            return ()
        people = dict.fromkeys((found.lead, *found.members))
        return tuple(each for each in people if self.is_practitioner_at(each, found.facility, at))


def _by_place(items: Iterable[T]) -> dict[tuple[str, str | None], list[T]]:
    grouped: defaultdict[tuple[str, str | None], list[T]] = defaultdict(list)
    for item in items:
        grouped[item.facility, item.department].append(item)
    return dict(grouped)
