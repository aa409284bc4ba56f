"""What a list answers: a line, or a line with a button below it for each choice."""

from collections.abc import Sequence

from bot.answers import Answer, Say
from bot.channel import Outgoing
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import Markup
from bot.view import Button, Rendered


def says(visit: Visit, text: Markup) -> Answer:
    """One line, in the chat it was asked in."""
    return Answer(says=(Say(visit.inbound.chat, Outgoing(text)),))


async def asks(visit: Visit, standing: Standing, text: Markup, buttons: Sequence[Button]) -> Answer:
    """A question with its answers below each other; only this person may press them."""
    rendered = Rendered(text, tuple((each,) for each in buttons))
    outgoing, tokens = labelled(rendered, Asked(standing.party.id, visit.inbound.chat, "", "", 0), visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
