"""Commands about the rules: decide, and what comes with a pack's life."""

from pathlib import Path
from typing import Annotated

import typer

from admin.commands import packs as packs_life
from admin.commands import sheets
from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

rules = typer.Typer(help="The rule packs: decide, check, explain, change.", no_args_is_help=True)

Kind = Annotated[str, typer.Argument(metavar="KIND", help="triage, visit, follow-up, duties or hints.")]


@rules.command("decide")
def decide(
    kind: Kind,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A JSON object of inputs, or - for standard input.")],
    shipped: Annotated[bool, typer.Option("--shipped", help="By the packs that ship, whatever is activated.")] = False,
    packs: Annotated[
        list[Path] | None, typer.Option("--pack", metavar="FILE", help="By this pack, or with this layer on top.")
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Decide by the packs, and say why: JSON in, JSON out. Absent is unknown; names and units in docs/rules.md.

    By what is activated in the database; where there is none, by the packs that ship. `packs_from` says which.
    """
    from admin import output, rules_deciding
    from admin.rules_choosing import Chosen, choose, with_files
    from models.clock import SystemClock
    from workers.rules.calendar import WorkCalendar
    from workers.rules.in_force import as_shipped

    known = settings(data_dir=data_dir, database_url=database_url)
    today = SystemClock(known.clock_file).now().astimezone(known.zone).date()
    given = rules_deciding.read_object(file)
    chosen = Chosen(as_shipped(), "shipped: asked for")
    if not shipped:
        chosen = carry(known, choose(known, told=bool(data_dir or database_url)))
    city = given.get("city")
    rules = chosen.rules
    own = {name: rules.at(name, city if isinstance(city, str) else None) for name in rules.packs}
    own = with_files(own, packs or [])
    origin = ", ".join([*(file.name for file in packs or []), chosen.origin])
    now = rules_deciding.Now(today, WorkCalendar(known.zone))
    output.as_json(rules_deciding.decide(kind, given, own, now) | {"packs_from": origin})


@rules.command("check")
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Packs or layers; the built-in ones without any.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for gaps, overlaps, rows that never come into force, units that do not fit, examples that fail."""
    from admin import output, rules_checking

    report = rules_checking.check_files(files or [])
    if as_json:
        output.as_json(report.as_dict())
    else:
        for line in report.lines():
            output.say(line)
    if report.wrong:
        raise typer.Exit(1)


for step in (
    packs_life.draft,
    packs_life.approve,
    packs_life.activate,
    packs_life.rollback,
    packs_life.packs,
    sheets.export,
    sheets.diff,
    sheets.explain,
):
    rules.command()(step)
rules.command("import")(sheets.import_)
