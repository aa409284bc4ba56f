"""Commands about who takes part: network load, source add, invite."""

from pathlib import Path
from typing import Annotated

import typer

from admin.commands.common import AsJson, DatabaseUrl, DataDir, carry, settings

network = typer.Typer(help="Facilities, people, duty: the network file.", no_args_is_help=True)
source = typer.Typer(help="Systems of hospitals that may send events.", no_args_is_help=True)


@network.command("load")
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or CSV, as docs/network.md says.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make the registry be as a file says; all of it or nothing."""
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, carry_out(known, "load_network", file=str(file.absolute())))
    if as_json:
        output.as_json(answer)
        return
    columns = ["added", "changed", "ended", "unchanged"]
    rows = [[name, *(counts[column] for column in columns)] for name, counts in answer["tables"].items()]
    output.table(["", *columns], rows, "the file says nothing")
    for warning in answer["warnings"]:
        output.remark(f"warning: {warning}")


@source.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the system.")],
    facility: Annotated[str, typer.Option("--facility", metavar="ID", help="Whose system it is.")],
    amqp_user: Annotated[
        str | None, typer.Option("--amqp-user", metavar="USER", help="The broker's user it publishes as, if it does.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Add a source and show its key, this once."""
    from admin import output
    from admin.local_api import carry_out

    known = settings(data_dir=data_dir, database_url=database_url)
    answer = carry(known, carry_out(known, "add_source", name=name, facility=facility, amqp_user=amqp_user))
    if as_json:
        output.as_json(answer)
        return
    output.say(answer["key"])
    output.remark(
        f"This is the key of {name}: give it to {facility} by a safe way. It is not kept and not shown again."
    )


def invite(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="The id of a person, patient or contact.")],
    qr: Annotated[
        Path | None, typer.Option("--qr", metavar="FILE", help="Also write a QR code (.svg or .png).")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a one-time code by which somebody joins in chat (staff: ten minutes; patients and contacts: three days)."""
    from admin import output
    from admin.local_api import carry_out
    from admin.qr import check_target, write_qr

    known = settings(data_dir=data_dir, database_url=database_url)
    if qr is not None:
        check_target(qr)
    answer = carry(known, carry_out(known, "invite", person=person))
    if qr is not None:
        write_qr(answer["link"] or f"/start {answer['code']}", qr)
    if as_json:
        output.as_json(answer)
        return
    output.say(answer["link"] or f"/start {answer['code']}")
    until = answer["expires_at"]
    where = "open the link" if answer["link"] else "send this line to the bot"
    output.remark(f"For {person} only, once, until {until}: {where}.")
