"""Codes for new referrals: drawn at random, short ones first, and free."""

from random import SystemRandom

from sqlalchemy import select

from models.database import Transaction
from models.summaries import SummaryRow
from models.values import referral_code

_SUMMARIES = SummaryRow.__table__  # type: ignore[attr-defined]
_RANDOM = SystemRandom()
# Characters of the codes that are drawn; the later ones are for the day when the short ones are many.
_LENGTHS = (5, 5, 5, 7, 7)


async def free_code(tx: Transaction) -> str:
    """A code that no referral has."""
    drawn = [referral_code(_RANDOM.getrandbits(40), length) for length in _LENGTHS]
    taken = set((await tx.execute(select(_SUMMARIES.c.code).where(_SUMMARIES.c.code.in_(drawn)))).scalars())
    return next(code for code in drawn if code not in taken)
