"""An admin says yes to what another admin must say yes to as well: a repair, or telling something again."""

from bot.answers import Answer
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import plain
from models.audit import write_audit
from models.proposals import approve
from models.values import Role

APPROVE = "approve_proposal"


async def pressed(visit: Visit, standing: Standing, proposal: str) -> Answer:
    """Note it, for somebody who is an admin now; carrying out is another step, at the machine."""
    language = standing.language
    if not any(held.role is Role.admin for held in standing.party.positions):
        return Answer(toast=plain(language, "approve-admins-only"), alert=True)
    found = await approve(visit.tx, proposal, standing.party.id)
    if found is None:
        return Answer(toast=plain(language, "approve-gone"), alert=True)
    await write_audit(visit.tx, visit.now, f"person:{standing.party.id}", f"{found.kind} approve", proposal)
    if found.missing:
        return Answer(toast=plain(language, "approve-one-more"), alert=True)
    return Answer(toast=plain(language, "approve-done", kind=found.kind, proposal=proposal), alert=True)
