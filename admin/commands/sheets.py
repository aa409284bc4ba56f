"""Commands for clinicians who read and change rules: export, import, diff, explain."""

from pathlib import Path
from typing import Annotated, Any

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

Pack = Annotated[str, typer.Argument(metavar="PACK", help="The name of a pack, or a YAML file.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write; standard output without it.")]


def export(pack: Pack, out: Out = None) -> None:
    """The rows of a pack as CSV, to read and change in a spreadsheet."""
    from admin.rules_files import document_of, write
    from workers.rules.pack import parse_pack
    from workers.rules.spreadsheet import export_csv

    write(export_csv(parse_pack(document_of(pack))), out)


def import_(
    pack: Pack,
    sheet: Annotated[Path, typer.Argument(metavar="CSV", help="The sheet that `rules export` wrote, changed.")],
    out: Out = None,
) -> None:
    """The pack's YAML with what a sheet changed; unchanged rows keep their bytes. A draft comes next: rules draft."""
    from admin.rules_files import document_of, read_text, write
    from workers.rules.spreadsheet import import_csv

    write(import_csv(document_of(pack), read_text(sheet), sheet.name), out)


def diff(before: Pack, after: Annotated[str, typer.Argument(metavar="PACK", help="The other one.")]) -> None:
    """What differs between two packs, a line each."""
    from admin import output
    from admin.rules_files import document_of
    from workers.rules.pack import parse_pack
    from workers.rules.spreadsheet import differences

    for line in differences(parse_pack(document_of(before)), parse_pack(document_of(after))) or ["no difference"]:
        output.say(line)


def explain(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Such as R-7K2F4.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Why a referral is as urgent as it is, and what would have made it otherwise."""
    from admin import output, rules_explaining
    from admin.opening import reading
    from models.clock import SystemClock
    from workers.packs_in_force import PacksInForce

    known = settings(data_dir=data_dir, database_url=database_url)
    in_force = PacksInForce(SystemClock(known.clock_file), known.zone)

    async def work() -> dict[str, Any]:
        async with reading(known) as transaction:
            return await rules_explaining.explain(transaction, code, in_force)

    found = carry(known, work())
    output.as_json(found) if as_json else output.fields(found)
