"""The texts of earlier versions: remembered when a bot starts with other ones, and spoken again for looking back."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from bot.texts import source
from models import templates
from models.database import Transaction
from models.values import Language


def present() -> tuple[str, str]:
    """Hash and content of the texts of this version."""
    content = json.dumps({language: source(language) for language in Language}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest(), content


async def remember_texts(tx: Transaction, now: datetime) -> bool:
    """Note that this version's texts are used from now on; False where they are already."""
    return await templates.remember_templates(tx, *present(), now)


@dataclass(frozen=True, slots=True)
class Words:
    """Texts of a moment by language, None for those of this version. Not `known`: nobody remembered any by then."""

    texts: dict[str, str] | None
    known: bool


class Earlier:
    """The texts as they were at moments of the past."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._now = present()[0]

    async def at(self, moment: datetime) -> Words:
        """The texts of then."""
        found = await templates.templates_at(self._tx, moment)
        if found is None or found[0] == self._now:
            return Words(None, found is not None)
        return Words(json.loads(found[1]), known=True)
