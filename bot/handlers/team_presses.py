"""Presses about people: who covers, who takes a list over, who is enrolled, who is not dead, who is let in.

A second press gets the answer of the first.
"""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.engine import RowMapping

from bot.answers import Answer
from bot.handlers import deaths, enrolling, inviting, leaves, sharing, whole_lists
from bot.handlers.visit import Visit
from bot.identity import Standing

_Press = Callable[[Visit, Standing, dict[str, str], str], Awaitable[Answer]]
PRESSES: Mapping[str, _Press] = {
    "cover": leaves.cover,
    "cover_ends": leaves.cover_ends,
    "hand_list": whole_lists.hand_list,
    "hand_list_sure": whole_lists.hand_list_sure,
    "enrol": enrolling.enrol_pressed,
    "enrol_new": enrolling.new_pressed,
    "not_dead": deaths.not_dead,
    inviting.FAMILY: inviting.family,
    inviting.RELATION: inviting.relation,
    sharing.YES: sharing.let_in,
    sharing.NO: sharing.keep_out,
}


async def pressed(visit: Visit, token: RowMapping, standing: Standing, params: dict[str, str]) -> Answer:
    """Do what the button says, in the name of whoever presses it."""
    if token["used_at"] is not None:
        return Answer(toast=token["answer"] or "")
    return await PRESSES[token["action"]](visit, standing, params, token["token"])
