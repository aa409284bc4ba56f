"""The tables of the patient side, and what is read from them; personal text under the patient's key.

A sealed column is opened with the aad "table|column|id", so that no cell opens in another's place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field

from models.history import Dated, dated, one_of
from models.parties import Purpose
from models.sealed import Keyring
from models.values import Language, Sex


class Relation(StrEnum):
    """What a contact is to the patient."""

    spouse = "spouse"
    daughter = "daughter"
    son = "son"
    mother = "mother"
    father = "father"
    grandparent = "grandparent"
    grandchild = "grandchild"
    sibling = "sibling"
    relative = "relative"
    neighbour = "neighbour"
    carer = "carer"
    other = "other"


class Scope(StrEnum):
    """What a contact may be told of: when and where, or the readings as well."""

    times = "times"
    readings = "readings"


class PatientRow(Dated, table=True):
    """A patient. Provisional: known only by a reference of `source`. Doubts: what did not fit a message.

    The blind columns are for a doctor's look-up; nobody is ever matched by them without a person's decision.
    """

    __tablename__ = "patients"
    __table_args__ = dated(
        one_of("sex", Sex), one_of("language", Language), Index(None, "name_blind"), Index(None, "phone_blind")
    )

    key_id: str
    name: str | None = None
    birth: str | None = None
    phone: str | None = None
    name_blind: str | None = None
    phone_blind: str | None = None
    sex: Sex | None = Field(default=None, sa_type=Text)
    language: Language = Field(default=Language.zh, sa_type=Text)
    area: str | None = None
    provisional: bool = False
    source: str | None = None
    data_incomplete: bool = False
    doubts: list[str] = Field(default_factory=list, sa_type=JSON)
    merged_into: str | None = None


class IdentifierRow(Dated, table=True):
    """A number by which a system knows a patient; `id` is derived from both: nobody else's while open."""

    __tablename__ = "patient_identifiers"
    __table_args__ = dated(Index(None, "patient"))

    patient: str
    system: str
    blind: str
    value: str


class ContactRow(Dated, table=True):
    """Somebody who helps a patient; name and phone sealed under the patient's key."""

    __tablename__ = "contacts"
    __table_args__ = dated(one_of("relation", Relation), one_of("language", Language), Index(None, "patient"))

    patient: str
    key_id: str
    name: str | None = None
    phone: str | None = None
    relation: Relation = Field(sa_type=Text)
    language: Language = Field(default=Language.zh, sa_type=Text)
    scope: list[str] = Field(default_factory=list, sa_type=JSON)
    may_answer: bool = False
    guardian: bool = False
    consented: bool = False
    first_day: date | None = None
    last_day: date | None = None


class SignUpRow(Dated, table=True):
    """A patient's sign-up with a family-doctor team, both days included; one of several leads."""

    __tablename__ = "team_sign_ups"
    __table_args__ = dated(Index(None, "patient"), Index(None, "team"))

    patient: str
    team: str
    leads: bool = True
    first_day: date | None = None
    last_day: date | None = None


class ConsentRow(Dated, table=True):
    """A patient's consent to a purpose: who informed them, who agreed (the patient's or a contact's id)."""

    __tablename__ = "consents"
    __table_args__ = dated(one_of("purpose", Purpose), Index(None, "patient"))

    patient: str
    purpose: Purpose = Field(sa_type=Text)
    informed_by: str
    agreed_by: str


class DeathRow(Dated, table=True):
    """A patient has died; its `id` is the patient. Undone by ending the row."""

    __tablename__ = "deaths"
    __table_args__ = dated()

    died_on: date | None = None
    learnt_from: str


@dataclass(frozen=True)
class Patient:
    """A patient as read: personal text still sealed. `dead` from the deaths of the same instant."""

    id: str
    key_id: str
    sealed: Mapping[str, str | None]
    sex: Sex | None
    language: Language
    area: str | None = None
    provisional: bool = False
    source: str | None = None
    data_incomplete: bool = False
    doubts: tuple[str, ...] = ()
    merged_into: str | None = None
    dead: bool = False

    @classmethod
    def from_row(cls, row: Mapping[Any, Any], dead: bool) -> "Patient":
        """The patient of a row of the table."""
        return cls(
            id=row["id"],
            key_id=row["key_id"],
            sealed={column: row[column] for column in ("name", "birth", "phone")},
            sex=Sex(row["sex"]) if row["sex"] else None,
            language=Language(row["language"]),
            area=row["area"],
            provisional=row["provisional"],
            source=row["source"],
            data_incomplete=row["data_incomplete"],
            doubts=tuple(row["doubts"]),
            merged_into=row["merged_into"],
            dead=dead,
        )

    def name(self, keyring: Keyring) -> str | None:
        """The name; the key must have been loaded (`keyring.load`)."""
        return self._opened(keyring, "name")

    def birth(self, keyring: Keyring) -> str | None:
        """Birth as far as it is known: YYYY, YYYY-MM or YYYY-MM-DD."""
        return self._opened(keyring, "birth")

    def birth_year(self, keyring: Keyring) -> int | None:
        """The year of birth."""
        birth = self.birth(keyring)
        return int(birth[:4]) if birth else None

    def phone(self, keyring: Keyring) -> str | None:
        """The phone number in its one written form."""
        return self._opened(keyring, "phone")

    def second_factors(self, keyring: Keyring) -> tuple[str, ...]:
        """What proves at binding that it is them: the birth year, the last four digits of the phone."""
        year, phone = self.birth_year(keyring), self.phone(keyring)
        return tuple(str(each) for each in (year, phone[-4:] if phone else None) if each)

    def _opened(self, keyring: Keyring, column: str) -> str | None:
        return opened(keyring, self.key_id, "patients", column, self.id, self.sealed[column])


@dataclass(frozen=True)
class Contact:
    """Somebody who helps a patient, as read: name and phone still sealed."""

    id: str
    patient: str
    key_id: str
    sealed: Mapping[str, str | None]
    relation: Relation
    language: Language
    scope: frozenset[Scope]
    may_answer: bool
    guardian: bool
    consented: bool

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> "Contact":
        """The contact of a row of the table."""
        return cls(
            id=row["id"],
            patient=row["patient"],
            key_id=row["key_id"],
            sealed={column: row[column] for column in ("name", "phone")},
            relation=Relation(row["relation"]),
            language=Language(row["language"]),
            scope=frozenset(Scope(each) for each in row["scope"]),
            may_answer=row["may_answer"],
            guardian=row["guardian"],
            consented=row["consented"],
        )

    def name(self, keyring: Keyring) -> str | None:
        """The name; the patient's key must have been loaded."""
        return opened(keyring, self.key_id, "contacts", "name", self.id, self.sealed["name"])

    def phone(self, keyring: Keyring) -> str | None:
        """The phone number in its one written form."""
        return opened(keyring, self.key_id, "contacts", "phone", self.id, self.sealed["phone"])


def opened(keyring: Keyring, key_id: str, table: str, column: str, row_id: str, sealed: str | None) -> str | None:
    """The text of a sealed cell, None for an empty one; CannotOpen as the keyring says."""
    return None if sealed is None else keyring.open(key_id, sealed, f"{table}|{column}|{row_id}")
