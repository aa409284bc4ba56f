"""/language, /start, /help: what somebody chooses for themselves."""

from bot.answers import Answer, Say
from bot.cards.replies import languages
from bot.channel import Outgoing
from bot.handlers.visit import Visit
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import plain, t
from models import parties
from models.parties import Purpose, mark_reachable, opt_in, opt_outs
from models.values import Language

# What /stop can end; /start brings all of it back.
_ANY = (Purpose.follow_up, Purpose.reminders, Purpose.chat)


async def ask_language(visit: Visit) -> Answer:
    """Offer the languages."""
    asked = Asked(visit.standings[0].party.id, visit.inbound.chat, "", "", 0)
    outgoing, tokens = labelled(languages(visit.language), asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return Answer(says=(Say(visit.inbound.chat, outgoing),))


async def choose_language(visit: Visit, language: str) -> Answer:
    """Write to everybody this chat stands for in that language."""
    chosen = Language(language)
    for each in visit.standings:
        await parties.choose_language(visit.tx, each.party.id, chosen, visit.now, each.party.id)
    said = plain(chosen, "language-set")
    says = (Say(visit.inbound.chat, Outgoing(t(chosen, "language-set"))),)
    return Answer(toast=said, says=says, stands_anew=True)


async def start(visit: Visit) -> Answer:
    """/start without a code from somebody we know: whatever was stopped or blocked comes again."""
    ids = [each.party.id for each in visit.standings]
    await mark_reachable(visit.tx, str(visit.inbound.chat), visit.now, ids[0])
    stopped = await opt_outs(visit.tx, ids, visit.now)
    for party in ids:
        await opt_in(visit.tx, party, _ANY, visit.now, party)
    return (
        help_text(visit)
        if not any(stopped.values())
        else Answer(says=(Say(visit.inbound.chat, visit.text("resumed")),))
    )


def help_text(visit: Visit) -> Answer:
    """What can be done here, for who they are."""
    if visit.staff:
        said = f"{t(visit.language, 'help-staff')}\n{t(visit.language, 'typed-help')}"
        return Answer(says=(Say(visit.inbound.chat, Outgoing(said)),))
    return Answer(says=(Say(visit.inbound.chat, visit.text("help-patient")),))
