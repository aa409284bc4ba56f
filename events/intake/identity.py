"""Who a message is about: found by identifiers only, made where nobody is found, marked where something does not fit.

Two people of one name and birth year never meet here: names are not looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.engine import RowMapping

from events.intake.intents import Identifier, PatientIn
from models.database import Transaction
from models.history import Origin, by_value
from models.patient_reading import find_patients, identifier_blind, patients
from models.patient_writing import PatientDetails, save_patients, source_system
from models.patients import IdentifierRow, Patient
from models.sealed import Keyring
from models.values import Language, Sex, new_id


@dataclass(frozen=True, slots=True)
class Wanted:
    """A patient of one message. `create` where nobody is found; `same_as`: the one it must be, if known already."""

    given: PatientIn
    source: str
    create: bool = False
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A patient as found or made: what did not fit (coded), and whether this message made them.

    `birth` as far as it is known: YYYY, YYYY-MM or YYYY-MM-DD.
    """

    id: str
    key_id: str
    provisional: bool
    doubts: tuple[str, ...] = ()
    made: bool = False
    dead: bool = False
    named: bool = False
    birth: str | None = None
    sex: Sex | None = None


def identifiers_in(given: PatientIn, source: str) -> tuple[tuple[Identifier, ...], Identifier | None]:
    """The patient's identifiers with a system each, and the source's own reference as one."""
    own = source_system(source)
    explicit = tuple(dict.fromkeys((system or own, value) for system, value in given.identifiers))
    return explicit, (own, given.reference) if given.reference else None


class Identities:
    """The patients of a batch of messages; find first, then resolve one after the other, then save."""

    def __init__(self, keyring: Keyring, now: datetime) -> None:
        self._keyring = keyring
        self._now = now
        self._found: dict[Identifier, str] = {}
        self._details: dict[str, PatientDetails] = {}
        self._patients: dict[str, Patient] = {}
        self._numbers: dict[str, list[tuple[str, str]]] = {}
        self._changed: dict[str, str] = {}
        self._key_ids: dict[str, str] = {}
        self._made: set[str] = set()

    async def look_up(self, tx: Transaction, wanted: Iterable[Wanted]) -> None:
        """Read everybody whom these messages may mean, in three queries."""
        pairs: set[Identifier] = set()
        ids: set[str] = set()
        for each in wanted:
            explicit, reference = identifiers_in(each.given, each.source)
            pairs.update(explicit)
            pairs.update([reference] if reference else [])
            ids.update([each.same_as] if each.same_as else [])
        self._found = await find_patients(tx, self._keyring, pairs, self._now)
        ids |= set(self._found.values())
        self._patients = await patients(tx, ids, self._now)
        await self._keyring.load(tx, {patient.key_id for patient in self._patients.values()})
        rows = await by_value(tx, IdentifierRow, "patient", self._patients, self._now)
        self._numbers = {patient: [_number(row) for row in found] for patient, found in rows.items()}
        for unique, patient in self._patients.items():
            self._details[unique] = self._read(patient)
            self._key_ids[unique] = patient.key_id

    def _read(self, patient: Patient) -> PatientDetails:
        return PatientDetails(
            id=patient.id, name=patient.name(self._keyring), birth=patient.birth(self._keyring),
            phone=patient.phone(self._keyring), sex=patient.sex, language=patient.language, area=patient.area,
            provisional=patient.provisional, source=patient.source, data_incomplete=patient.data_incomplete,
            doubts=patient.doubts, merged_into=patient.merged_into,
        )  # fmt: skip

    def resolve(self, wanted: Wanted) -> str | None:
        """The id of the patient, made or completed in memory; None where nobody is found and none may be made."""
        given = wanted.given
        explicit, reference = identifiers_in(given, wanted.source)
        by_number = list(dict.fromkeys(self._found[each] for each in explicit if each in self._found))
        by_reference = self._found.get(reference) if reference else None
        doubts: list[str] = ["identifiers"] if len(by_number) > 1 else []
        patient = wanted.same_as or (by_number[0] if by_number else None)
        if wanted.same_as and by_number and by_number[0] != wanted.same_as:
            doubts.append("identifiers")
        if patient is None and by_reference is not None:
            if self._other_number(by_reference, explicit):
                # The source gave its reference to somebody else: a new patient, known by the number alone.
                reference, by_reference = None, None
                doubts.append("reference")
            else:
                patient = by_reference
        if patient is None:
            return self._make(wanted, explicit, reference, doubts) if wanted.create else None
        self._complete(patient, wanted, explicit, reference, doubts)
        return patient

    def _other_number(self, patient: str, explicit: Sequence[Identifier]) -> bool:
        held = self._numbers.get(patient, [])
        blinds = {(system, identifier_blind(self._keyring, system, value)) for system, value in explicit}
        systems = {system for system, _ in blinds}
        return any(system in systems and (system, blind) not in blinds for system, blind in held)

    def _make(
        self, wanted: Wanted, explicit: Sequence[Identifier], reference: Identifier | None, doubts: list[str]
    ) -> str:
        given = wanted.given
        bare = given.name is None or (given.birth is None and given.sex is None)
        identifiers = (*explicit, *([reference] if reference else []))
        details = PatientDetails(
            id=new_id(), name=given.name, birth=given.birth, phone=given.phone, sex=given.sex, area=_area(given.area),
            language=_language(given.language), identifiers=identifiers, provisional=bare, source=wanted.source,
            data_incomplete=bare or bool(doubts), doubts=tuple(doubts),
        )  # fmt: skip
        self._made.add(details.id)
        self._keep(details, wanted.source)
        return details.id

    def _keep(self, details: PatientDetails, source: str) -> None:
        self._details[details.id] = details
        self._changed[details.id] = source
        for pair in details.identifiers:
            self._found.setdefault(pair, details.id)
            number = (pair[0], identifier_blind(self._keyring, *pair))
            self._numbers.setdefault(details.id, []).append(number)

    def _complete(
        self,
        patient: str,
        wanted: Wanted,
        explicit: Sequence[Identifier],
        reference: Identifier | None,
        doubts: list[str],
    ) -> None:
        """What was not known is added, what contradicts is marked; nothing held is overwritten."""
        held, given = self._details[patient], wanted.given
        doubts = [*held.doubts, *doubts]
        if held.sex and given.sex and held.sex is not given.sex:
            doubts.append("sex")
        if held.birth and given.birth and not _compatible(held.birth, given.birth):
            doubts.append("birth")
        clear = not set(doubts) - set(held.doubts)
        longer = clear and given.birth and len(given.birth) > len(held.birth or "")
        new = tuple(
            pair for pair in (*explicit, *([reference] if reference else [])) if clear and pair not in self._found
        )
        name = held.name or (given.name if clear else None)
        birth = given.birth if longer else held.birth
        sex = held.sex or (given.sex if clear else None)
        bare = name is None or (birth is None and sex is None)
        details = replace(
            held, name=name, birth=birth, sex=sex, phone=held.phone or (given.phone if clear else None),
            area=held.area or (_area(given.area) if clear else None), identifiers=(*held.identifiers, *new),
            provisional=held.provisional and bare, doubts=tuple(dict.fromkeys(doubts)),
            data_incomplete=bool(doubts) or (held.data_incomplete and bare),
        )  # fmt: skip
        if details != held:
            self._keep(details, wanted.source)

    async def save(self, tx: Transaction) -> None:
        """Write who was made or completed; their keys are known from then on."""
        for source in sorted(set(self._changed.values())):
            details = [self._details[unique] for unique, by in self._changed.items() if by == source]
            await save_patients(tx, self._keyring, details, self._now, f"source:{source}", Origin.intake)
        fresh = await patients(tx, self._made, self._now)
        self._key_ids |= {unique: patient.key_id for unique, patient in fresh.items()}

    def known(self, patient: str) -> Known:
        """What is known of a patient by now."""
        details = self._details[patient]
        held = self._patients.get(patient)
        return Known(
            patient, self._key_ids[patient], details.provisional or bool(details.doubts), details.doubts,
            patient in self._made, held is not None and held.dead, details.name is not None, details.birth, details.sex,
        )  # fmt: skip

    def wrote(self, patient: str) -> bool:
        """Whether this batch made or changed the patient."""
        return patient in self._changed

    def area(self, patient: str) -> str | None:
        """The area a patient lives in, as far as it is known."""
        return self._details[patient].area


def _number(row: RowMapping) -> tuple[str, str]:
    return row["system"], row["blind"]


def _compatible(held: str, given: str) -> bool:
    return held.startswith(given) or given.startswith(held)


def _area(area: str | None) -> str | None:
    return area[:200] if area else None


def _language(code: str | None) -> Language:
    return Language.en if (code or "").lower().startswith("en") else Language.zh
