"""/find: a look-up of one's own facility's patients, masked, each look an audit row."""

from bot.answers import Answer, Say
from bot.cards.draft import masked_words
from bot.channel import Outgoing
from bot.drafts.measured import legible
from bot.drafts.people import found
from bot.drafts.placing import acting_at, vocabulary
from bot.drafts.words import understand
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.texts import t

_LONGEST = 100  # characters: a name, a number


async def find(visit: Visit, standing: Standing, rest: str) -> Answer:
    """The patients of this name, phone or identity number, as 李*英 1954 ···5678."""
    facility = acting_at(standing, visit.directory, visit.now)
    if facility is None:
        return _says(visit, visit.text("draft-no-place"))
    if not rest or len(rest) > _LONGEST:
        return _says(visit, visit.text("find-usage"))
    asked = understand(rest, vocabulary(visit.directory, facility, visit.now), visit.now)
    name = asked.name or (None if asked.phone or asked.id_card else " ".join(legible(rest).split()))
    people = await found(visit, standing.party.id, facility, name, asked.phone, asked.id_card)
    remove = (visit.inbound.written,) if visit.inbound.written is not None else ()
    if not people:
        return Answer(says=(Say(visit.inbound.chat, visit.text("find-none")),), remove=remove)
    language = standing.language
    listed = [t(language, "find-title"), *(masked_words(language, each) for each in people)]
    return Answer(says=(Say(visit.inbound.chat, Outgoing("\n".join(listed))),), remove=remove)


def _says(visit: Visit, outgoing: Outgoing) -> Answer:
    return Answer(says=(Say(visit.inbound.chat, outgoing),))
