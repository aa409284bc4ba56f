"""Buttons with their tokens: 128 random bits that mean nothing outside the table."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.channel import Labelled, Outgoing
from bot.view import Rendered
from models.database import Transaction
from models.deliveries import ActionTokenRow

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a card asks about what: the party and chat that may press, the notice behind it, the version it shows."""

    party: str
    chat: int
    notice: str
    about: str
    version: int


def labelled(rendered: Rendered, asked: Asked, now: datetime) -> tuple[Outgoing, list[dict[str, Any]]]:
    """The message as it goes out, and the rows that say what its buttons mean."""
    rows: list[dict[str, Any]] = []
    lines = []
    for line in rendered.buttons:
        tokens = []
        for button in line:
            token = secrets.token_urlsafe(16)
            tokens.append(Labelled(button.label, token))
            rows.append(
                {
                    "token": token,
                    "party": asked.party,
                    "chat": asked.chat,
                    "notice": asked.notice,
                    "about": asked.about,
                    "action": button.action,
                    "params": json.dumps(dict(button.params), ensure_ascii=False, sort_keys=True),
                    "version": asked.version,
                    "created_at": now,
                    "expires_at": now + LIFETIME,
                    "used_at": None,
                    "answer": None,
                }
            )
        lines.append(tuple(tokens))
    return Outgoing(rendered.text, tuple(lines)), rows


async def write_tokens(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    """Store what the buttons mean."""
    if rows:
        await tx.execute(insert(ActionTokenRow), rows)
