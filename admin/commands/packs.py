"""Commands about a rule pack's life: draft, approve, activate, rollback, and the list."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Which admin of the network does this.")]
Draft = Annotated[str, typer.Argument(metavar="DRAFT", help="Six or more characters of its hash.")]


def draft(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A pack or a layer (YAML).")],
    by: By,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Propose a pack; it must pass `rules check`. Nothing changes until two admins approve and one activates it."""
    from admin.refusals import BadInput

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
    _act("draft", by, {"text": text, "file": file.name}, as_json, data_dir, database_url)


def approve(
    draft: Draft, by: By, as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None
) -> None:
    """Approve a draft as an admin who has read it; two different admins are needed."""
    _act("approve", by, {"draft": draft}, as_json, data_dir, database_url)


def activate(
    draft: Draft,
    by: By,
    active_from: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="The first day it counts, such as 2026-03-05; today.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let an approved draft count from a day on; plans that run keep the version they were made with."""
    from admin.refusals import BadInput

    if active_from is not None:
        try:
            date.fromisoformat(active_from)
        except ValueError:
            raise BadInput(f"--from: must be a day such as 2026-03-05, not {active_from!r}") from None
    _act("activate", by, {"draft": draft, "from": active_from or ""}, as_json, data_dir, database_url)


def rollback(
    draft: Draft,
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the log.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let an active pack count no longer: the one before it counts again at once."""
    _act("roll_back", by, {"draft": draft, "reason": reason}, as_json, data_dir, database_url)


def packs(as_json: AsJson = False, data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Every pack that was drafted here and how it stands."""
    from admin import output, pack_acts
    from admin.opening import reading

    known = settings(data_dir=data_dir, database_url=database_url)

    async def work() -> Any:
        async with reading(known) as transaction:
            return await pack_acts.listed(transaction)

    found = carry(known, work())
    if as_json:
        output.as_json(found)
        return
    columns = ["draft", "pack", "version", "place", "status", "approved by", "active from"]
    rows = [
        [row["hash"][:12], row["name"], row["pack_version"], row["place"], row["status"], row["approvals"],
         row["active_from"]]
        for row in found
    ]  # fmt: skip
    output.table(columns, rows, "nothing was drafted: the packs that ship are in force")


def _act(
    step: str, by: str, given: dict[str, str], as_json: bool, data_dir: Path | None, database_url: str | None
) -> None:
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, carry_out(known, "rule_pack", step=step, by=by, given=given))
    if as_json:
        output.as_json(answer)
        return
    output.say(f"{answer['name']} {answer['version']} {answer['draft']}: {answer['status']}")
    if answer["approvals_missing"]:
        output.remark(f"{answer['approvals_missing']} more admins must approve.")
    elif answer["status"] == "active":
        output.remark(f"It counts from {answer['active_from']}.")
