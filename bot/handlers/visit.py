"""One thing somebody did, with all that is needed to answer it, inside one transaction."""

from dataclasses import dataclass
from datetime import datetime

from bot.channel import Inbound, Outgoing
from bot.chat_side import ChatSide
from bot.identity import Standing
from bot.texts import Argument, t
from events.actions import PartyKind
from events.base import Actor, Cause
from models.database import Transaction
from models.directory import Directory
from models.values import ActorKind, Language

__all__ = ["Visit"]


@dataclass(frozen=True, slots=True)
class Visit:
    """`cause` names the update; `standings` are the parties its chat stands for at this moment."""

    side: ChatSide
    tx: Transaction
    inbound: Inbound
    cause: str
    now: datetime
    directory: Directory
    standings: tuple[Standing, ...]

    @property
    def language(self) -> Language:
        """The language to answer in: of the party, else of the phone, else Chinese."""
        if self.standings:
            return self.standings[0].language
        return Language.zh if (self.inbound.language or "zh").startswith("zh") else Language.en

    @property
    def staff(self) -> bool:
        """Whether a member of staff writes (who may be a patient as well)."""
        return any(each.staff for each in self.standings)

    def standing(self, party: str) -> Standing | None:
        """The standing of that party, if the chat stands for it now."""
        return next((each for each in self.standings if each.party.id == party), None)

    def caused_by(self, standing: Standing, unique: str = "") -> Cause:
        """Who acted, for whom. `unique` names the press where the same press may come in several updates."""
        helps = standing.party.kind is PartyKind.contact and standing.patient is not None
        return Cause(
            id=unique or self.cause,
            actor=Actor(ActorKind.person, standing.party.id),
            at=self.inbound.at,
            on_behalf_of=standing.patient.id if helps and standing.patient else None,
        )

    def text(self, key: str, **args: Argument) -> Outgoing:
        """A text of ours in the reader's language."""
        return Outgoing(t(self.language, key, **args))
