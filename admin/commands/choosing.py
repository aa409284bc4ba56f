"""The options by which events are chosen, the same for a list and for an export."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from admin.settings import Settings
    from events.exporting import Selection

OfStream = Annotated[str | None, typer.Option("--stream", metavar="ID", help="Of one stream.")]
OfLoop = Annotated[str | None, typer.Option("--loop", metavar="ID", help="Of one loop.")]
OfType = Annotated[str | None, typer.Option("--type", metavar="NAME", help="Of one type.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="That happened then or later.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="That happened before.")]
OfFacility = Annotated[str | None, typer.Option("--facility", metavar="ID", help="Of loops of this facility.")]
OfPriority = Annotated[str | None, typer.Option("--priority", metavar="NAME", help="Of loops of this priority now.")]
OfHolder = Annotated[str | None, typer.Option("--holder", metavar="PERSON", help="Of loops this person holds now.")]


def selection(
    known: "Settings", stream: str | None, loop: str | None, kind: str | None, since: str | None, until: str | None,
    facility: str | None, priority: str | None, holder: str | None,
) -> "Selection":  # fmt: skip
    """What the options choose. CommandRefused names an option that cannot be right."""
    from admin.instants import instant_or_none
    from admin.refusals import CommandRefused
    from events.exporting import Selection
    from models.values import Priority

    if priority is not None and priority not in list(Priority):
        raise CommandRefused(f"--priority: {priority!r} is none; right is one of {', '.join(Priority)}")
    return Selection(
        stream, loop, kind, instant_or_none("--since", since, known.zone),
        instant_or_none("--until", until, known.zone), facility, priority, holder,
    )  # fmt: skip
