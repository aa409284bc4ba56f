"""What has to fit together across a network file: ids, references, roles, rotas, sign-ups."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from admin.network.problems import Path, Problem, meant
from admin.network.reading import Item
from admin.network.schema import DutyPart, OverridePart, RolePart
from admin.network.validate import Network
from models.directory import Directory
from models.places import RoleHeld
from models.register import CLINICAL
from models.week import Window


@dataclass
class Known:
    """What may be named: what the file has, and of sections it has not, what the registry holds."""

    facilities: dict[str, set[str]] = field(default_factory=dict)  # id -> codes of departments
    parents: dict[str, str] = field(default_factory=dict)
    people: dict[str, list[RoleHeld]] = field(default_factory=dict)
    teams: set[str] = field(default_factory=set)
    broken: Mapping[str, Collection[str]] = field(default_factory=dict)

    def facility(self, item: Item, path: Path, unique: str) -> Iterator[Problem]:
        """A facility is named that is not there."""
        if unique not in self.facilities and unique not in self.broken.get("facilities", ()):
            yield item.problem(path, f"{unique!r} is no facility; {meant(unique, self.facilities)}")

    def department(self, item: Item, path: Path, facility: str, code: str | None) -> Iterator[Problem]:
        """A department is named that its facility has not."""
        codes = self.facilities.get(facility)
        if code is not None and codes is not None and code not in codes:
            yield item.problem(path, f"{code!r} is no department of {facility!r}; {meant(code, codes)}")

    def works_at(self, item: Item, path: Path, person: str, facility: str) -> Iterator[Problem]:
        """A person is named who is not there, or sees no referrals at the facility."""
        if person in self.broken.get("people", ()):
            return
        roles = self.people.get(person)
        if roles is None:
            named = {*self.people, *self.broken.get("people", ())}
            yield item.problem(path, f"{person!r} is nobody; {meant(person, named)}")
        elif not any(each.facility == facility and each.role in CLINICAL for each in roles):
            yield item.problem(
                path,
                f"{person!r} has no role at {facility!r}; give one of {', '.join(sorted(CLINICAL))} there",
            )


def known_of(network: Network, directory: Directory, now: datetime) -> Known:
    """What may be named in this file."""
    known = Known(broken=network.broken)
    if "facilities" in network.sections:
        for place in network.facilities:
            known.facilities[place.part.id] = {each.code for each in place.part.departments}
            if place.part.parent:
                known.parents[place.part.id] = place.part.parent
    else:
        for held in directory.facilities():
            known.facilities[held.id] = {each.code for each in directory.departments(held.id)}
    if "people" in network.sections:
        for person in network.people:
            known.people[person.part.id] = [_held(person.part.id, each) for each in person.part.roles]
    else:
        known.people = {each.id: list(directory.roles(each.id, now)) for each in directory.people()}
    known.teams = {each.part.id for each in network.teams} | network.broken.get("teams", set())
    if "teams" not in network.sections:
        known.teams |= {each.id for each in directory.teams()}
    return known


def _held(person: str, role: RolePart) -> RoleHeld:
    return RoleHeld(person, role.facility, role.role, role.department, role.first_day, role.last_day)


def check_staff(network: Network, known: Known) -> Iterator[Problem]:
    """All that does not fit together on the staff side."""
    groups = (network.cities, network.facilities, network.people, network.alliances, network.teams)
    for ids in ([(each.part.id, each.item, ("id",)) for each in entries] for entries in groups):
        yield from twice(ids, "id")
    yield from twice([(str(each.part.day), each.item, ("day",)) for each in network.days], "day")
    yield from _facilities(network, known)
    yield from _people(network, known)
    yield from _groups(network, known)
    yield from _exceptions(network, known)
    yield from _leaves(network, known)


def twice(named: Iterable[tuple[str, Item, Path]], what: str, hidden: bool = False) -> Iterator[Problem]:
    """The same id or number in two places; with `hidden`, it is not repeated."""
    first: dict[str, Problem] = {}
    for unique, item, path in named:
        here = item.problem(path, "")
        if unique in first:
            before = first[unique]
            shown = what if hidden else f"{what} {unique!r}"
            yield replace(here, what=f"the {shown} is there already: {before.file}, line {before.line}")
        first.setdefault(unique, here)


def _facilities(network: Network, known: Known) -> Iterator[Problem]:
    for entry in network.facilities:
        part, item = entry.part, entry.item
        if part.parent:
            yield from known.facility(item, ("parent",), part.parent)
            yield from _circle(item, part.id, known.parents)
        for other in part.driving_minutes:
            yield from known.facility(item, ("driving_minutes", other), other)
        for index, cover in enumerate(part.covering):
            yield from known.facility(item, ("covering", index, "facility"), cover.facility)
        codes = enumerate(each.code for each in part.departments)
        yield from twice([(code, item, ("departments", index, "code")) for index, code in codes], "code")
        yield from _rota(item, ("duty",), part.duty, part.id, known)
        for index, department in enumerate(part.departments):
            here: Path = ("departments", index)
            yield from _rota(item, (*here, "duty"), department.duty, part.id, known)
            for number, person in enumerate(department.desk.people if department.desk else ()):
                yield from known.works_at(item, (*here, "desk", "people", number), person, part.id)


def _circle(item: Item, start: str, parents: Mapping[str, str]) -> Iterator[Problem]:
    trail = [start]
    while (above := parents.get(trail[-1])) is not None:
        trail.append(above)
        if above == start:
            yield item.problem(("parent",), f"goes in a circle: {' -> '.join(trail)}")
        if above in trail[:-1]:
            return


def _rota(item: Item, path: Path, duty: list[DutyPart], facility: str, known: Known) -> Iterator[Problem]:
    windows: list[Window] = []
    for index, part in enumerate(duty):
        for number, person in enumerate(part.people):
            yield from known.works_at(item, (*path, index, "people", number), person, facility)
        if len(set(part.people)) < len(part.people):
            yield item.problem((*path, index, "people"), "names somebody twice; name each once, in order")
        window = Window.of(part.starts, part.ends, frozenset(part.days))
        for number, before in enumerate(windows):
            if window.overlaps(before):
                line = item.lines.get((*path, number), 0)
                yield item.problem(
                    (*path, index, "hours"),
                    f"overlaps with the hours on line {line}; give one list of people for each time",
                )
        windows.append(window)


def _people(network: Network, known: Known) -> Iterator[Problem]:
    phones = [(each.part.phone, each.item, ("phone",)) for each in network.people if each.part.phone]
    yield from twice([(str(phone), item, path) for phone, item, path in phones], "phone number")
    for entry in network.people:
        for index, role in enumerate(entry.part.roles):
            here: Path = ("roles", index)
            yield from known.facility(entry.item, (*here, "facility"), role.facility)
            yield from known.department(entry.item, (*here, "department"), role.facility, role.department)
            for before in entry.part.roles[:index]:
                if _overlap(before, role):
                    yield entry.item.problem(
                        here,
                        f"overlaps with the same role {role.role} before it; end one before the other begins",
                    )


def _overlap(one: RolePart, other: RolePart) -> bool:
    same = (one.facility, one.department, one.role) == (other.facility, other.department, other.role)
    apart = (one.last_day and other.first_day and one.last_day < other.first_day) or (
        other.last_day and one.first_day and other.last_day < one.first_day
    )
    return same and not apart


def _groups(network: Network, known: Known) -> Iterator[Problem]:
    for alliance in network.alliances:
        item, members = alliance.item, [each.facility for each in alliance.part.members]
        for index, member in enumerate(members):
            yield from known.facility(item, ("members", index), member)
            if member in members[:index]:
                yield item.problem(("members", index), f"{member!r} is a member already")
        if alliance.part.lead and alliance.part.lead not in members:
            yield item.problem(("lead",), f"{alliance.part.lead!r} is no member; {meant(alliance.part.lead, members)}")
    for team in network.teams:
        part = team.part
        yield from known.facility(team.item, ("facility",), part.facility)
        yield from known.works_at(team.item, ("lead",), part.lead, part.facility)
        for index, person in enumerate(part.members):
            yield from known.works_at(team.item, ("members", index), person, part.facility)


def _exceptions(network: Network, known: Known) -> Iterator[Problem]:
    overrides = network.duty_overrides
    for number, entry in enumerate(overrides):
        part, item = entry.part, entry.item
        yield from _place(item, part.facility, part.department, known)
        for index, person in enumerate(part.people):
            yield from known.works_at(item, ("people", index), person, part.facility)
        if part.last_day < part.first_day:
            yield item.problem(("to",), f"{part.last_day} is before from: {part.first_day}")
        for before in overrides[:number]:
            if _same_time(before.part, part):
                yield item.problem((), f"is for the same time as {before.item.place}; keep one of them")
    for closing in network.closed:
        yield from _place(closing.item, closing.part.facility, closing.part.department, known)
        if closing.part.until and closing.part.until <= closing.part.since:
            yield closing.item.problem(("to",), f"{closing.part.until} is not after from: {closing.part.since}")


def _leaves(network: Network, known: Known) -> Iterator[Problem]:
    for number, entry in enumerate(network.leaves):
        part, item = entry.part, entry.item
        away, covering = known.people.get(part.person), known.people.get(part.cover)
        for name, person, roles in (("person", part.person, away), ("cover", part.cover, covering)):
            if roles is None and person not in known.broken.get("people", ()):
                yield item.problem((name,), f"{person!r} is nobody; {meant(person, known.people)}")
        if part.cover == part.person:
            yield item.problem(("cover",), "is the person who is away; name a colleague")
        elif away and covering and not {each.facility for each in away} & {each.facility for each in covering}:
            yield item.problem(("cover",), f"{part.cover!r} works nowhere that {part.person!r} does; name a colleague")
        if part.last_day < part.first_day:
            yield item.problem(("to",), f"{part.last_day} is before from: {part.first_day}")
        for before in (each.part for each in network.leaves[:number]):
            together = before.first_day <= part.last_day and part.first_day <= before.last_day
            if before.person == part.person and together:
                yield item.problem((), f"{part.person!r} is away on some of these days already; keep one of them")


def _place(item: Item, facility: str, department: str | None, known: Known) -> Iterator[Problem]:
    yield from known.facility(item, ("facility",), facility)
    yield from known.department(item, ("department",), facility, department)


def _same_time(one: OverridePart, other: OverridePart) -> bool:
    same_place = (one.facility, one.department) == (other.facility, other.department)
    days = one.first_day <= other.last_day and other.first_day <= one.last_day
    return same_place and days and _window(one.hours).overlaps(_window(other.hours))


def _window(hours: str) -> Window:
    starts, _, ends = hours.partition("-")
    return Window.of(starts, ends)
