"""What patients agree to, and that they agree no longer."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from models.database import Transaction
from models.history import Changes, Origin, change, end, open_rows
from models.parties import Purpose
from models.patients import ConsentRow


@dataclass(frozen=True)
class Consent:
    """A patient's consent to a purpose: who informed them, who agreed (the patient's or a contact's id)."""

    patient: str
    purpose: Purpose
    informed_by: str
    agreed_by: str

    @property
    def id(self) -> str:
        """The id of its row."""
        return f"{self.patient}/{self.purpose}"


async def record_consents(tx: Transaction, given: Collection[Consent], now: datetime, origin: Origin) -> Changes:
    """Record what patients agree to; an agreement already held stays as it was first given."""
    held = await open_rows(tx, ConsentRow, [each.id for each in given])
    changes = Changes(unchanged=len(held))
    new = [each for each in given if each.id not in held]
    for actor in sorted({each.informed_by for each in new}):
        rows = [{"id": each.id, **asdict(each)} for each in new if each.informed_by == actor]
        changes += await change(tx, ConsentRow, rows, now, actor, origin)
    return changes


async def withdraw_consents(
    tx: Transaction, patient: str, purposes: Collection[Purpose], now: datetime, actor: str
) -> Changes:
    """The patient agrees no longer."""
    ids = [f"{patient}/{purpose}" for purpose in purposes]
    return await end(tx, ConsentRow, ids, now, actor, Origin.chat)
