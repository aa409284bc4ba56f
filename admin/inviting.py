"""A code by which somebody of the network binds a chat."""

import difflib
from typing import Any

from admin.refusals import CommandRefused
from models.audit import write_audit
from models.clock import Clock
from models.database import Database
from models.directory import load_directory
from models.installation import BOT_NAME, remembered
from models.sealed import Keyring


async def invite(database: Database, keyring: Keyring, clock: Clock, actor: str, person: str) -> dict[str, Any]:
    """The one-time code of a member of staff, a patient or a contact, with its link; CommandRefused says why not."""
    from bot.identity import NobodySuch, issue_invite

    async with database.transaction() as transaction:
        now = clock.now()
        directory = await load_directory(transaction, now)
        try:
            code = await issue_invite(transaction, keyring, person, directory, now, actor)
        except NobodySuch:
            near = difflib.get_close_matches(person, [each.id for each in directory.people()], n=3)
            meant = f"; did you mean {' or '.join(near)}?" if near else "; see the ids in the network file"
            raise CommandRefused(f"PERSON: nobody in the network has the id {person!r}{meant}") from None
        except ValueError:
            raise CommandRefused(
                f"PERSON: of {person!r} neither a birth year nor a phone is known, one of which proves who joins; "
                "add it to the network file"
            ) from None
        await write_audit(transaction, now, actor, "invite", person)
        bot = await remembered(transaction, BOT_NAME)
    return {
        "person": person,
        "code": code.text,
        "link": f"https://t.me/{bot}?start={code.text}" if bot else None,
        "expires_at": code.expires_at.isoformat(),
    }
