"""The resources of one FHIR message and what they call each other; pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from events.intake.intents import Identifier, LinkIn, PlaceIn
from events.intake.problems import unreadable
from events.intake.reading import Node, Sheet, codings, words_of

# Our own names for things, for systems that want to use them.
REFERRAL_SYSTEM = "urn:refloop:referral"
FACILITY_SYSTEM = "urn:refloop:facility"
DEPARTMENT_SYSTEM = "urn:refloop:department"

_HISTORY = re.compile(r"/_history/[^/]*$")
_TYPE_AND_ID = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64})$")
_CODE_IN_URL = re.compile(r"/referrals/(R-[0-9A-Za-z]{5,8})$")
_ORGANISATIONS = ("Organization", "HealthcareService", "PractitionerRole", "Location")
_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource and the address the message gives it."""

    node: Node
    full_url: str | None = None
    method: str | None = None

    @property
    def type(self) -> str:
        """The resource's type."""
        return self.node.type


class Contents:
    """The resources of a message; references between them are followed here."""

    def __init__(self, sheet: Sheet, entries: Iterable[Entry]) -> None:
        self.sheet = sheet
        self.entries = tuple(entries)
        self._by_url = {entry.full_url: entry.node for entry in self.entries if entry.full_url}
        self._by_name: dict[str, Node] = {}
        for entry in self.entries:
            unique = entry.node.data.get("id")
            if isinstance(unique, str):
                self._by_name.setdefault(f"{entry.type}/{unique}", entry.node)
            if entry.full_url and (match := _TYPE_AND_ID.search(entry.full_url)):
                self._by_name.setdefault(match[1], entry.node)

    def of(self, *types: str) -> Iterator[Entry]:
        """The resources of these types, in the order of the message."""
        return (entry for entry in self.entries if entry.type in types)

    def follow(self, reference: Node, owner: Node) -> Node | None:
        """The resource that a Reference means, in this message or contained in its owner."""
        target = _plain(reference.text("reference"))
        if target is None:
            return None
        if target.startswith("#"):
            return next((each for each in owner.all("contained") if each.data.get("id") == target[1:]), None)
        short = _TYPE_AND_ID.search(target)
        return self._by_url.get(target) or (self._by_name.get(short[1]) if short else None)

    def place(self, references: Iterable[Node], owner: Node) -> PlaceIn:
        """The facility, department and people that these references mean."""
        finding = _Finding()
        for reference in references:
            self._place(reference, owner, finding, 0)
        return finding.place()

    def _place(self, reference: Node, owner: Node, finding: "_Finding", depth: int) -> None:
        # FHIR STU3 says who asked in an object of its own.
        if reference.has("agent"):
            for name in ("agent", "onBehalfOf"):
                self._place(reference.one(name), owner, finding, depth)
            return
        resource = self.follow(reference, owner) if depth < 5 else None
        target = _plain(reference.text("reference"))
        kind = (
            resource.type
            if resource
            else reference.code("type") or (target or "").rpartition("/")[0].rpartition("/")[2]
        )
        identifiers = identifiers_of(reference)
        if kind in ("Practitioner", "Patient", "RelatedPerson"):
            finding.people += identifiers + (identifiers_of(resource) if resource else ())
            return
        finding.identifiers += identifiers
        if target and not target.startswith(("#", "urn:")):
            finding.identifiers += (("", target),)
        words = reference.text("display")
        if words and kind != "PractitionerRole":
            finding.names += (words,)
        if resource is not None:
            self._read_place(resource, finding, depth)

    def _read_place(self, resource: Node, finding: "_Finding", depth: int) -> None:
        if resource.type != "PractitionerRole":
            finding.identifiers += identifiers_of(resource)
            finding.names += tuple(name for name in (resource.text("name"), *resource.texts("alias")) if name)
        for name in ("specialty", "type") if resource.type == "HealthcareService" else ("specialty",):
            for concept in resource.all(name):
                finding.departments += words_and_codes(concept)
        for name in ("organization", "providedBy", "managingOrganization", "partOf"):
            if resource.has(name):
                self._place(resource.one(name), resource, finding, depth + 1)
        if resource.type == "Organization" and resource.has("partOf"):
            finding.departments += tuple(name for name in (resource.text("name"),) if name)
        if resource.has("practitioner"):
            practitioner = self.follow(resource.one("practitioner"), resource)
            finding.people += identifiers_of(resource.one("practitioner"))
            finding.people += identifiers_of(practitioner) if practitioner else ()
        for service in resource.all("healthcareService") if resource.type == "PractitionerRole" else ():
            self._place(service, resource, finding, depth + 1)

    def names_organisation(self, references: Iterable[Node], owner: Node) -> bool:
        """Whether one of these references means an organisation, a service or a role there, not only a person."""
        for reference in references:
            resource = self.follow(reference, owner)
            target = _plain(reference.text("reference")) or ""
            kind = resource.type if resource else reference.code("type") or target.rpartition("/")[0].rpartition("/")[2]
            if kind in _ORGANISATIONS:
                return True
        return False

    def link(self, references: Iterable[Node], owner: Node) -> LinkIn:
        """Which of our referrals these references mean: our code, identifiers, or the source's own reference."""
        codes: list[str] = []
        keys: list[str] = []
        for reference in references:
            resource = self.follow(reference, owner)
            found = identifiers_of(reference) + (identifiers_of(resource) if resource else ())
            codes += [value for system, value in found if system == REFERRAL_SYSTEM]
            keys += [key_of(system, value) for system, value in found if system != REFERRAL_SYSTEM]
            target = _plain(reference.text("reference"))
            if target and (match := _CODE_IN_URL.search(target)):
                codes.append(match[1])
            elif target and not target.startswith("#"):
                keys.append(reference_key(target))
        return LinkIn(tuple(dict.fromkeys(codes)), tuple(dict.fromkeys(keys)))

    def keys(self, entry: Entry) -> tuple[str, ...]:
        """The keys of a resource: first identifier, else type and id, else its address; then what others call it."""
        node = entry.node
        own = [key_of(system, value) for system, value in identifiers_of(node) if system != REFERRAL_SYSTEM]
        unique = node.code("id")
        named = f"{node.type}/{unique}" if unique else None
        links = [reference_key(each) for each in (named, entry.full_url) if each]
        first = own[:1] or ([named] if named else []) or ([entry.full_url] if entry.full_url else [])
        return tuple(dict.fromkeys([*first, *own[1:], *links]))


class _Finding:
    """What has been found of a place so far."""

    def __init__(self) -> None:
        self.identifiers: tuple[Identifier, ...] = ()
        self.names: tuple[str, ...] = ()
        self.departments: tuple[str, ...] = ()
        self.people: tuple[Identifier, ...] = ()

    def place(self) -> PlaceIn:
        """All of it, each once."""
        departments = (*(value for system, value in self.identifiers if system == DEPARTMENT_SYSTEM), *self.departments)
        return PlaceIn(
            tuple(dict.fromkeys(self.identifiers)), tuple(dict.fromkeys(self.names)), tuple(dict.fromkeys(departments)),
            tuple(dict.fromkeys(self.people)),
        )  # fmt: skip


def key_of(system: str, value: str) -> str:
    """A business key made of an identifier."""
    return f"{system}|{value}"


def reference_key(target: str) -> str:
    """The key under which a resource is found by a reference to it; version and server left out where they can be."""
    short = _TYPE_AND_ID.search(target)
    return f"ref:{short[1] if short and not target.startswith('urn:') else target}"


def identifiers_of(node: Node) -> tuple[Identifier, ...]:
    """The identifiers of a resource or reference, in its order, those without a value left out."""
    found = []
    for identifier in (
        node.all("identifier") if isinstance(node.data.get("identifier"), list) else _one_identifier(node)
    ):
        value = identifier.code("value")
        if value:
            found.append((identifier.code("system") or "", value))
    return tuple(found)


def _one_identifier(node: Node) -> list[Node]:
    # A Reference has one identifier, a resource a list; in XML one looks like the other.
    value = node.data.get("identifier")
    return [Node(value, node.at("identifier"), node.sheet)] if isinstance(value, dict) else []


def words_and_codes(concept: Node) -> tuple[str, ...]:
    """Everything a concept may be known by: its words, displays and codes."""
    found = [words_of(concept)]
    for _, code, words in codings(concept):
        found += [words, code]
    return tuple(dict.fromkeys(each for each in found if each))


def _plain(target: str | None) -> str | None:
    return _HISTORY.sub("", target) if target else None


def entries_of(bundle: Node) -> list[Entry]:
    """The entries of a Bundle that hold a resource; Unacceptable for more than a message ever needs."""
    raw = bundle.all("entry")
    if len(raw) > _ENTRIES:
        raise unreadable(f"{len(raw)} entries: send at most {_ENTRIES} in one message", "Bundle.entry", "too-long")
    found = []
    for entry in raw:
        if not entry.has("resource"):
            continue
        data = entry.one("resource").data
        kind = data.get("resourceType")
        if not isinstance(kind, str) or not kind:
            raise unreadable("a resource without resourceType", f"{entry.path}.resource", "structure")
        node = Node(data, f"{entry.path}.resource.ofType({kind})", bundle.sheet)
        found.append(Entry(node, entry.code("fullUrl"), entry.one("request").code("method")))
    return found
