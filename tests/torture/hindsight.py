"""Asks the decider again, at the moment of a press: did it ask for what was so already?"""

import json
from collections.abc import Iterable
from typing import Any

from bot.handlers.commands import COMMANDS
from bot.handlers.press import Press
from bot.identity import of_person
from events import catalog, log
from events.actions import Party, PartyKind
from events.base import Refused
from models.database import Database
from models.directory import load_directory


async def asked_for_what_was_so(database: Database, tokens: Iterable[Any]) -> set[str]:
    """Those of these used buttons (rows of action_tokens) whose command decided nothing when it was pressed."""
    used = [token for token in tokens if token.used_at is not None and token.action in COMMANDS]
    if not used:
        return set()
    async with database.reading() as tx:
        histories = await log.read_streams(tx, {token.about for token in used})
        directory = await load_directory(tx, max(token.used_at for token in used))
    found = set()
    for token in used:
        if directory.person(token.party) is not None:
            party = of_person(token.party, directory, token.used_at)
        else:
            party = Party(PartyKind.patient, token.party, patients=frozenset({token.party}))
        press = Press(token.about, party, json.loads(token.params))
        # Whatever was recorded by the time of the press; it decides nothing when it finds its wish fulfilled.
        state = catalog.fold(each for each in histories[token.about] if each.recorded_at <= token.used_at)
        try:
            if not catalog.decide(COMMANDS[token.action](press), state, token.used_at):
                found.add(token.token)
        except Refused:
            continue
    return found
