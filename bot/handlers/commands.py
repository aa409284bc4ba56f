"""Buttons and the commands they give: one table. The params of each action are listed in bot/cards/buttons.py."""

from collections.abc import Callable, Mapping

from bot.handlers.plan_commands import PLANS
from bot.handlers.press import Press
from events import follow_up as f
from events import referral as e
from events import referral_commands as d
from events.base import Command, EndReason
from events.discharge import FormAnswer
from events.discharge_decider import AnswerReturnForm
from models.values import Priority, derived_id


def _accept(press: Press) -> Command:
    if "at" in press.params:
        appointment = e.Appointment(at=press.time())
        return d.AcceptReferral(stream=press.about, by=press.by, appointment=appointment)
    return d.AcceptReferral(stream=press.about, by=press.by, come_now=press.params.get("come_now") == "yes")


def _decline(press: Press) -> Command:
    comment = press.text() if press.words else None
    reason = e.DeclineReason(press.params["reason"])
    return d.DeclineReferral(stream=press.about, by=press.by, reason=reason, comment=comment)


def _priority(press: Press) -> Command:
    reason = press.params.get("reason")
    return d.ChangePriority(
        stream=press.about,
        by=press.by,
        priority=Priority(press.params["priority"]),
        reason=e.LowerReason(reason) if reason else None,
    )


def _condition(press: Press) -> Command:
    said = {name: tuple(press.params.get(name, "").split()) for name in ("met", "unmet")}
    return d.ReportCondition(stream=press.about, by=press.by, **said)


def _send_down(press: Press) -> Command:
    # Of the stay, not of the press: two people who press send one referral.
    unique = derived_id("down", press.about, press.params["facility"])
    return d.SendDown(stream=press.about, by=press.by, unique=unique, facility=press.params["facility"])


def _end(reason: str | None) -> EndReason | None:
    return EndReason(reason) if reason else None


def _plain(command: type[d.ReferralCommand]) -> Callable[[Press], Command]:
    return lambda press: command(stream=press.about, by=press.by)


COMMANDS: dict[str, Callable[[Press], Command]] = {
    # The recipient
    "hold": _plain(d.HoldReferral),
    "accept": _accept,
    "decline": _decline,
    "advise": lambda press: d.AdviseReferral(stream=press.about, by=press.by, advice=press.text()),
    "redirect": lambda press: d.RedirectReferral(
        stream=press.about,
        by=press.by,
        facility=press.params["facility"],
        department=press.params.get("department"),
    ),
    "give_back": lambda press: d.GiveBackReferral(
        stream=press.about, by=press.by, reason=e.GiveBackReason(press.params["reason"])
    ),
    "ask_information": lambda press: d.AskInformation(stream=press.about, by=press.by, question=press.text()),
    "offer_time": lambda press: d.OfferTime(
        stream=press.about, by=press.by, appointment=e.Appointment(at=press.time())
    ),
    "record_arrival": _plain(d.RecordArrival),
    "record_missed": _plain(d.RecordMissed),
    "add_note": lambda press: d.AddInterimNote(stream=press.about, by=press.by, note=press.text()),
    "report_condition": _condition,
    "send_down": _send_down,
    "report_outcome": lambda press: d.ReportOutcome(
        stream=press.about, by=press.by, kind=e.OutcomeKind(press.params["kind"])
    ),
    "confirm_cancel": _plain(d.ConfirmCancel),
    "refuse_cancel": _plain(d.RefuseCancel),
    # The coordinator, and whoever takes over
    "ask_next": _plain(d.AskNext),
    "take_over": _plain(d.TakeOver),
    # The initiator
    "give_information": lambda press: d.GiveInformation(stream=press.about, by=press.by, answer=press.text()),
    "refuse_advice": _plain(d.RefuseAdvice),
    "change_priority": _priority,
    "record_consent": lambda press: d.RecordConsent(
        stream=press.about, by=press.by, given_by=press.params.get("given_by", "patient")
    ),
    "ask_cancel": lambda press: d.AskCancel(stream=press.about, by=press.by, reason=EndReason(press.params["reason"])),
    "withdraw": lambda press: d.WithdrawReferral(
        stream=press.about, by=press.by, reason=EndReason(press.params["reason"])
    ),
    "close": lambda press: d.CloseLoop(stream=press.about, by=press.by, reason=_end(press.params.get("reason"))),
    "reopen": lambda press: d.ReopenReferral(stream=press.about, by=press.by, reason=press.text()),
    # The patient, or somebody for them
    "confirm_time": _plain(d.ConfirmTime),
    "refuse_time": lambda press: d.RefuseTime(
        stream=press.about,
        by=press.by,
        wants="cannot_come" if press.params.get("wants") == "cannot_come" else "another_time",
    ),
    "set_out": _plain(d.SetOut),
    # Papers and follow-up
    "answer_form": lambda press: AnswerReturnForm(
        stream=press.about, by=press.by, answer=FormAnswer(press.params["answer"])
    ),
    "follow_up": lambda press: f.AnswerFollowUp(
        stream=press.about, by=press.by, row=int(press.params["row"]), answer=press.params["answer"]
    ),
    "danger": lambda press: f.AnswerDanger(
        stream=press.about,
        by=press.by,
        row=int(press.params["row"]),
        signs=(press.params["sign"],) if press.params.get("sign") else (),
    ),
    "call_done": lambda press: f.CloseFollowUp(
        stream=press.about, by=press.by, row=int(press.params["row"]), outcome=press.params["outcome"]
    ),
    **PLANS,
    "wrong_reading": lambda press: f.WithdrawReading(stream=press.about, by=press.by, reading=press.params["reading"]),
}

# What needs words first, and the text that asks for them.
NEEDS_WORDS = {
    "ask_information": "words-question",
    "give_information": "words-answer",
    "advise": "words-advice",
    "add_note": "words-note",
    "reopen": "words-reopen",
}


def prompt_for(action: str, params: Mapping[str, str]) -> str | None:
    """The key of the text that asks for words, when this press needs some."""
    if action == "decline" and params.get("reason") == e.DeclineReason.other:
        return "words-comment"
    return NEEDS_WORDS.get(action)
