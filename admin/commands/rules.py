"""Commands about the rules: decide, and what comes with a pack's life."""

from typing import Annotated

import typer

from admin.commands.common import settings

rules = typer.Typer(help="The rule packs: decide, check, explain, change.", no_args_is_help=True)

Kind = Annotated[str, typer.Argument(metavar="KIND", help="triage, visit or follow-up.")]


@rules.command("decide")
def decide(
    kind: Kind,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A JSON object of inputs, or - for standard input.")],
) -> None:
    """Decide by the packs, and say why: JSON in, JSON out. Absent is unknown; names and units in docs/rules.md."""
    from admin import output, rules_deciding
    from models.clock import SystemClock
    from workers.rules.calendar import WorkCalendar
    from workers.rules.pack import packs

    known = settings()
    today = SystemClock(known.clock_file).now().astimezone(known.zone).date()
    given = rules_deciding.read_object(file)
    now = rules_deciding.Now(today, WorkCalendar(known.zone))
    output.as_json(rules_deciding.decide(kind, given, packs(), now))
