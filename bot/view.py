"""What a card is made from and what it is made into; values only, shared by cards, sender and handlers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from events.actions import Action
from events.discharge import DischargeState
from events.follow_up import PlanState
from events.purposes import Purpose
from events.referral_state import ReferralState
from models.directory import Directory
from models.values import Language
from workers.rules.in_force import InForce, as_shipped


@dataclass(frozen=True, slots=True)
class Button:
    """One button: what it says and what a press asks for.

    `action` is a name of events.actions.Action, or one of the chat's own: `menu` (show other buttons: params.menu),
    `details` (open the identity view), `fold` (close it), `answer_form`, `follow_up`, `wrong_reading`, `call_done`.
    `params` are small strings: reason codes, times (ISO 8601), facility and department ids.
    """

    label: str
    action: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready for a channel: Telegram HTML and rows of buttons."""

    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the patient is, opened for somebody who may see it. Age in years."""

    name: str
    phone: str | None = None
    birth_year: int | None = None


@dataclass(frozen=True, slots=True)
class CardView:
    """Everything a card may show; pure input of `cards.render`.

    `state` is the stream it is about, folded; `referral` the loop's referral where the card is about papers or
    follow-up. `allowed` is what the reader may do now (events.actions). `texts` are the opened sealed texts this view
    may show, by name; `identity` is there only in the identity view. `menu` names the sub-menu that is open.
    """

    purpose: Purpose
    state: ReferralState | DischargeState | PlanState
    language: Language
    now: datetime
    zone: ZoneInfo
    directory: Directory
    reader: str
    allowed: frozenset[Action]
    referral: ReferralState | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    identity: Identity | None = None
    menu: str | None = None
    repeat: bool = False
    for_whom: str | None = None
    rules: InForce = field(default_factory=as_shipped)
