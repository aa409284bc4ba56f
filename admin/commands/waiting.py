"""What waits for the admins' approval, as a table or JSON: the same for repairs and for what is to be told again."""

from typing import Any

from admin.commands.common import carry
from admin.settings import Settings


def show(known: Settings, kind: str, called: str, counted: str, nothing: str, as_json: bool) -> None:
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
