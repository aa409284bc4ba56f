"""The words of the domain as closed sets and small values; pure, and imported by everything.

The names are the field's own (docs/glossary.md): FHIR request-priority, 360X / BSeR for the parties of a referral.
"""

from enum import StrEnum
from hashlib import sha1
from uuid import UUID, uuid4

# Every id that must come out the same on a retry is derived under this namespace (uuid5).
_SEED = UUID("5f0c6a0e-3a57-5c1b-9d57-7266e1f0b2aa").bytes

# Sayable on a bad line: no 0/O, 1/I/L. 31 is prime, so the check character finds every single wrong
# character and every swap of two neighbours (ISO 7064-like weighted sum).
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Priority(StrEnum):
    """FHIR request-priority; ordered routine < urgent < asap < stat."""

    routine = "routine"
    urgent = "urgent"
    asap = "asap"
    stat = "stat"

    @property
    def rank(self) -> int:
        """0 for routine up to 3 for stat."""
        return _PRIORITY_ORDER.index(self)

    # All four, because str brings its own and they compare letters.
    def __lt__(self, other: str) -> bool:
        return self.rank < Priority(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Priority(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Priority(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Priority(other).rank

    def lifted(self) -> "Priority":
        """One step more urgent; stat stays stat."""
        return _PRIORITY_ORDER[min(self.rank + 1, len(_PRIORITY_ORDER) - 1)]


_PRIORITY_ORDER = (Priority.routine, Priority.urgent, Priority.asap, Priority.stat)


class Direction(StrEnum):
    """Which way a patient is sent between tiers."""

    up = "up"
    down = "down"
    lateral = "lateral"


class Tier(StrEnum):
    """Tier of a facility, lowest first."""

    village = "village"
    community = "community"
    county = "county"
    tertiary = "tertiary"

    @property
    def rank(self) -> int:
        """0 for a village clinic up to 3 for a tertiary hospital."""
        return list(Tier).index(self)


class FacilityKind(StrEnum):
    """What a facility is (FHIR Organization.type in our own words)."""

    hospital = "hospital"
    community = "community"
    village = "village"
    mch = "mch"
    psychiatric = "psychiatric"
    emergency_centre = "emergency_centre"
    public_health = "public_health"


class Role(StrEnum):
    """What a practitioner does at a facility; a person may have several, each dated."""

    doctor = "doctor"
    nurse = "nurse"
    coordinator = "coordinator"
    head = "head"
    discharge_desk = "discharge_desk"
    family_doctor = "family_doctor"
    admin = "admin"
    supervisor = "supervisor"


class Language(StrEnum):
    """Languages the texts exist in."""

    zh = "zh"
    en = "en"


class Sex(StrEnum):
    """Administrative sex as printed on the referral form."""

    female = "F"
    male = "M"


class Lane(StrEnum):
    """The sender's lanes, most pressing first; stat is strict, the others are weighted."""

    stat = "stat"
    reply = "reply"
    asap = "asap"
    urgent = "urgent"
    routine = "routine"
    bulk = "bulk"


class StreamKind(StrEnum):
    """What a stream records; the first part of its id."""

    referral = "referral"
    discharge = "discharge"
    plan = "plan"
    notice = "notice"
    pack = "pack"

    @property
    def in_loops(self) -> bool:
        """Whether such a stream is a piece of somebody's loop, with a holder, a deadline and a summary."""
        return self not in (StreamKind.notice, StreamKind.pack)


_KINDS = {kind.value: kind for kind in StreamKind}


class ActorKind(StrEnum):
    """Who did something: a person, a source (a hospital's system) or a rule of ours."""

    person = "person"
    source = "source"
    rule = "rule"


def new_id() -> str:
    """A random id: 32 hexadecimal characters."""
    return uuid4().hex


def derived_id(*parts: object) -> str:
    """The same parts give the same id (32 hexadecimal characters): what makes a retry write the same rows."""
    # uuid5 without making UUID objects: several for every row that we write.
    digest = bytearray(
        sha1(_SEED + "\x1f".join([str(part) for part in parts]).encode(), usedforsecurity=False).digest()
    )
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return digest[:16].hex()


def stream_id(kind: StreamKind, unique: str) -> str:
    """The id of a stream: its kind, a dash, something unique."""
    return f"{kind}-{unique}"


def kind_of(stream: str) -> StreamKind:
    """The kind a stream id names; ValueError when it is not one of ours."""
    kind = _KINDS.get(stream.partition("-")[0])
    if kind is None:
        raise ValueError(f"a stream's id begins with one of {', '.join(_KINDS)}, not {stream[:20]!r}")
    return kind


def _check_character(body: str) -> str:
    total = sum(weight * _CODE_ALPHABET.index(char) for weight, char in enumerate(body, start=2))
    return _CODE_ALPHABET[total % len(_CODE_ALPHABET)]


def referral_code(number: int, length: int = 5) -> str:
    """A referral's code for people, such as R-7K2F4.

    `number` is any non-negative integer (take it at random); `length` counts the characters after the dash,
    the last of them the check character.
    """
    base = len(_CODE_ALPHABET)
    body = ""
    for _ in range(length - 1):
        number, digit = divmod(number, base)
        body += _CODE_ALPHABET[digit]
    return f"R-{body}{_check_character(body)}"


def parse_referral_code(text: str) -> str | None:
    """The code in its one written form, or None when it cannot be one (wrong character, wrong check)."""
    code = text.strip().upper().removeprefix("R-")
    if not 5 <= len(code) <= 8 or any(char not in _CODE_ALPHABET for char in code):
        return None
    return f"R-{code}" if _check_character(code[:-1]) == code[-1] else None
