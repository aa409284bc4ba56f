"""The one question to a patient who feels worse: is any of these there now? One press answers it.

The signs are the messages pack's (`danger_signs`); what follows is decided by workers/alarming.py.
"""

from collections.abc import Mapping

from bot.answers import Say
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import plain, t
from bot.view import Button, Rendered
from events.follow_up import PlanState
from models.values import Language
from workers.rules.pack import Pack

_WIDTH = 2


def asking(pack: Pack, language: Language, row: int) -> Rendered:
    """The question with a button for each sign, and one for none of them."""
    signs = pack.parameters["danger_signs"]
    found = [Button(plain(language, f"danger-{sign}"), "danger", {"row": str(row), "sign": sign}) for sign in signs]
    lines = [tuple(found[start : start + _WIDTH]) for start in range(0, len(found), _WIDTH)]
    none = Button(plain(language, "button-no-danger"), "danger", {"row": str(row)})
    return Rendered(t(language, "danger-question"), (*lines, (none,)))


async def question(visit: Visit, standing: Standing, state: PlanState) -> Say:
    """The question, to the chat it came from; its buttons are the writer's."""
    asked = Asked(standing.party.id, visit.inbound.chat, "", state.id, state.version)
    outgoing, tokens = labelled(
        asking(visit.side.pack("messages", state.centre), standing.language, state.current), asked, visit.now
    )
    await write_tokens(visit.tx, tokens)
    return Say(visit.inbound.chat, outgoing)


def answered(visit: Visit, params: Mapping[str, str]) -> Say:
    """In place of the question: the emergency text where there is a sign, else that the doctor has been told."""
    key = "danger-yes" if params.get("sign") else "danger-none"
    return Say(visit.inbound.chat, visit.text(key), over=visit.inbound.message)
