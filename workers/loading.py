"""Loads what reactions need: for a whole batch, one query a kind, never one per event."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from sqlalchemy import select

from events import catalog, log
from events.follow_up import PlanState
from events.handling import Working
from events.intake.fhir_patient import age_in_years
from events.referral_state import ReferralState
from models.clock import Clock
from models.database import Transaction
from models.directory import Directory
from models.parties import addresses
from models.patient_reading import contacts, patients, teams_of
from models.sealed import CannotOpen, Keyring
from models.summaries import SummaryRow
from models.values import StreamKind
from workers.facts import Facts, PatientFacts, Rules
from workers.outcomes import AgeNeeded, Need, PatientNeeded, PlansNeeded, ReferralsNeeded, StreamNeeded, TextNeeded

_S = TypeVar("_S", PlanState, ReferralState)

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]


class Directories(Protocol):
    """What knows the staff side as it is (or, for a replay, was) now."""

    def current(self) -> Directory:
        """The directory."""
        ...

    async def refreshed(self, transaction: Transaction) -> Directory:
        """The directory of now, inside a look that has begun already; from then on `current()` gives it."""
        ...


class FactLoader:
    """Makes the Facts of a batch."""

    def __init__(
        self, clock: Clock, keyring: Keyring, directory: Directories, rules: Rules | Callable[[], Rules]
    ) -> None:
        """`rules`: the rules, or what gives those in force now."""
        self._clock = clock
        self._keyring = keyring
        self._directory = directory
        self._rules = rules if callable(rules) else lambda: rules

    def directory(self) -> Directory:
        """The staff side as it is now."""
        return self._directory.current()

    async def look(self, transaction: Transaction) -> None:
        """See what has changed in registry and rules, so that `load` gives what was committed before this batch."""
        await self._directory.refreshed(transaction)

    async def load(self, transaction: Transaction, needs: Iterable[Need], working: Mapping[str, Working]) -> Facts:
        """The facts for these needs. Streams already in work are seen as they are there."""
        asked = set(needs)
        return Facts(
            now=self._clock.now(),
            directory=self._directory.current(),
            rules=self._rules(),
            patients=await self._patients(transaction, {n.patient for n in asked if isinstance(n, PatientNeeded)}),
            ages=await self._ages(transaction, {n.patient for n in asked if isinstance(n, AgeNeeded)}),
            states=await self._states(transaction, {n.stream for n in asked if isinstance(n, StreamNeeded)}, working),
            texts=await self._texts(transaction, {n for n in asked if isinstance(n, TextNeeded)}),
            plans=await self._open(
                transaction,
                {n.patient for n in asked if isinstance(n, PlansNeeded)},
                working,
                StreamKind.plan,
                PlanState,
            ),
            referrals=await self._open(
                transaction,
                {n.patient for n in asked if isinstance(n, ReferralsNeeded)},
                working,
                StreamKind.referral,
                ReferralState,
            ),
        )

    async def _patients(self, transaction: Transaction, ids: set[str]) -> dict[str, PatientFacts]:
        if not ids:
            return {}
        now, zone = self._clock.now(), self._rules().zone
        known = await patients(transaction, ids, now)
        helping = await contacts(transaction, ids, now, zone)
        teams = await teams_of(transaction, ids, now, zone)
        parties = ids | {contact.id for several in helping.values() for contact in several}
        chats = await addresses(transaction, parties, now)
        reachable = {party for party, several in chats.items() if any(chat.blocked_at is None for chat in several)}
        found = {}
        for patient in ids:
            answering = tuple(contact for contact in helping.get(patient, ()) if contact.may_answer)
            order = [patient, *(contact.id for contact in answering)]
            found[patient] = PatientFacts(
                known.get(patient),
                answering,
                teams.get(patient, ()),
                tuple(p for p in order if p in reachable),
            )
        return found

    async def _ages(self, transaction: Transaction, ids: set[str]) -> dict[str, int]:
        if not ids:
            return {}
        now = self._clock.now()
        known = await patients(transaction, ids, now)
        await self._keyring.load(transaction, {each.key_id for each in known.values()})
        found = {}
        for patient, each in known.items():
            try:
                age = age_in_years(each.birth(self._keyring), now)
            except CannotOpen:
                continue  # of an erased person nobody knows how old they are
            if age is not None:
                found[patient] = age
        return found

    async def _states(self, transaction: Transaction, ids: set[str], working: Mapping[str, Working]) -> dict[str, Any]:
        found = {stream: working[stream].state for stream in ids if stream in working}
        elsewhere = ids - found.keys()
        if elsewhere:
            histories = await log.read_streams(transaction, elsewhere)
            found |= {stream: catalog.fold(history) for stream, history in histories.items()}
        return found

    async def _open(
        self, transaction: Transaction, patients: set[str], working: Mapping[str, Working], kind: StreamKind,
        of: type[_S],
    ) -> dict[str, list[_S]]:  # fmt: skip
        if not patients:
            return {}
        query = select(_SUMMARIES.c.stream).where(
            _SUMMARIES.c.patient.in_(patients), _SUMMARIES.c.kind == kind, _SUMMARIES.c.open
        )
        states = await self._states(transaction, set((await transaction.execute(query)).scalars()), working)
        found: dict[str, list[_S]] = {patient: [] for patient in patients}
        for stream in sorted(states):
            if isinstance(states[stream], of) and states[stream].open:
                found[states[stream].patient].append(states[stream])
        return found

    async def _texts(self, transaction: Transaction, needs: set[TextNeeded]) -> dict[str, str]:
        await self._keyring.load(transaction, {need.key for need in needs})
        opened = {}
        for need in needs:
            try:
                opened[need.text.aad] = self._keyring.open(need.key, need.text.sealed, need.text.aad)
            except CannotOpen:
                continue  # an erased person's words say nothing to a rule
        return opened
