"""`refloop`: the commands, by name. Nothing heavy is imported before a command is chosen.

A failure is one line on stderr: exit code 2 when the command or a setting was wrong, 1 when it could not be done.
REFLOOP_DEBUG=1 shows where it came from.
"""

import os
import sys
from collections.abc import Callable
from functools import cache

import typer

from admin.commands import carrying, keeping, mending, past, people, republishing, retelling, running
from admin.commands.events import events
from admin.commands.kpi import kpi
from admin.commands.loops import referrals
from admin.commands.notices import notices
from admin.commands.repair import repair
from admin.commands.rules import rules

app = typer.Typer(
    help="Refloop closes the referral loop between clinics and hospitals.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for command in (
    running.up, running.run, running.sandbox, running.migrate, running.doctor, running.health,
    people.invite, keeping.backup, keeping.restore, kpi, past.certificate,
):  # fmt: skip
    app.command()(command)
for name, further in (
    ("export", carrying.export), ("import", carrying.import_), ("anchor", carrying.anchor), ("check", carrying.check),
    ("as-of", past.as_of), ("as-seen", past.as_seen), ("what-if", past.what_if), ("republish", republishing.republish),
):  # fmt: skip
    events.command(name)(further)
keeping.parking.command("fix")(mending.fix)
notices.command("retell")(retelling.retell)
notices.command("retell-list")(retelling.retell_list)
notices.command("retell-now")(retelling.retell_now)
intake = typer.Typer(help="What hospitals sent.", no_args_is_help=True)
intake.command("replay")(keeping.replay_intake)
for name, group in (
    ("network", people.network), ("source", people.source), ("referrals", referrals), ("events", events),
    ("notices", notices), ("repair", repair), ("intake", intake), ("parking", keeping.parking),
    ("sender", keeping.sender), ("keys", keeping.keys), ("rules", rules),
):  # fmt: skip
    app.add_typer(group, name=name)


@cache
def _command() -> Callable[[], object]:
    return typer.main.get_command(app)


def main() -> None:
    """Run the command of sys.argv and exit."""
    # Whatever we write, database and keys first of all, is for its owner only.
    os.umask(0o077)
    try:
        _command()()
    except BrokenPipeError:
        # Somebody cut us short (| head): what is left has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("REFLOOP_DEBUG", "").lower() in {"1", "true", "yes", "on"}:
            raise
        sys.exit(_tell(error))


def _tell(error: Exception) -> int:
    from admin.refusals import BadInput, explain
    from admin.settings_reading import SettingsRefused

    sys.stderr.write(f"refloop: {explain(error)}\n")
    return 2 if isinstance(error, SettingsRefused | BadInput) else 1
