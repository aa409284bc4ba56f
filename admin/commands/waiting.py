"""What waits for the admins' approval: the same for repairs and for what is to be told again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from admin.commands.common import carry

if TYPE_CHECKING:
    from admin.settings import Settings


def show(known: "Settings", kind: str, called: str, counted: str, nothing: str, as_json: bool) -> None:
    """The open proposals of a kind. `called`, `counted`: heads of the columns of ids and sizes."""
    from admin import output
    from admin.opening import reading
    from models.proposals import open_proposals

    async def work() -> list[dict[str, Any]]:
        async with reading(known) as transaction:
            return await open_proposals(transaction, kind)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    rows = [
        [row["id"], output.local(row["at"], known.zone), row["by"], row["size"], row["approvals"], row["reason"]]
        for row in found
    ]
    output.table([called, "proposed", "by", counted, "approved by", "reason"], rows, nothing)


def asked(admins: Sequence[str], then: str) -> str:
    """What becomes of a proposal of which these admins were told; `then` is the command that carries it out."""
    if len(admins) < 2:
        return (
            f"Two admins must approve, and the network has {len(admins)}: "
            "give a second person the role admin (refloop network load) and propose it again."
        )
    return f"{len(admins)} admins are asked in their chats, two must approve; then refloop {then} --reason ..."
