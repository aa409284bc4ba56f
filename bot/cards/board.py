"""The coordinator's list: counts on top, a line and a button for each loop; pure. No name of a patient anywhere."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.board import Board
from bot.cards.parts import bold, lines, t_name
from bot.cards.times import short
from bot.texts import Markup, plain, t
from bot.view import Button, Rendered
from models.directory import Directory
from models.values import Language, Priority

_WIDTH = 2
_PRESSING = (Priority.stat, Priority.asap)


def board(language: Language, found: Board, directory: Directory, now: datetime) -> Rendered:
    """The page: counts on top, a line and a button for each loop."""
    zone = directory.site_zone
    counts = [t(language, f"board-{each}", count=count) for each, count in _counts(found).items() if count]
    text = lines(
        bold(t(language, "board-title", count=found.total)),
        Markup(" · ".join(counts)) if counts else None,
        *(_line(language, row, directory, now, zone, row["stream"] in found.lost) for row in found.rows),
    )
    return Rendered(text, (*_opening(language, found), *_turning(language, found)))


def _counts(found: Board) -> dict[str, int]:
    urgent = {f"count-{each}": found.by_priority.get(each, 0) for each in sorted(Priority, reverse=True)}
    return urgent | {
        "to-route": found.to_route, "overdue": found.overdue, "lost": len(found.lost),
        "unidentified": found.unidentified, "follow-ups": found.follow_ups,
    }  # fmt: skip


def _line(language: Language, row: object, directory: Directory, now: datetime, zone: ZoneInfo, lost: bool) -> Markup:
    values: dict[str, object] = dict(row)  # type: ignore[call-overload]
    facility, code = values["recipient_facility"], values["department"]
    department = directory.department(str(facility), str(code)) if facility and code else None
    place = department or (directory.facility(str(facility)) if facility else None)
    due = values["due"]
    pieces = [
        t(language, "board-line", code=_label(language, values), stage=t(language, f"board-at-{values['situation']}")),
        t(language, f"priority-{values['priority']}") if values["priority"] in _PRESSING else None,
        t_name(place.name(language)) if place else None,
        short(language, due, now, zone) if isinstance(due, datetime) else None,
        t(language, "board-may-not-have-arrived") if lost else None,
    ]
    return Markup(" · ".join(piece for piece in pieces if piece))


def _label(language: Language, values: dict[str, object]) -> str:
    return str(values["code"] or plain(language, f"board-kind-{values['kind']}"))


def _opening(language: Language, found: Board) -> tuple[tuple[Button, ...], ...]:
    made = [
        Button(_label(language, dict(row)), "board_card", {"stream": row["stream"], "kind": row["kind"]})
        for row in found.rows
    ]
    return tuple(tuple(made[start : start + _WIDTH]) for start in range(0, len(made), _WIDTH))


def _turning(language: Language, found: Board) -> tuple[tuple[Button, ...], ...]:
    turn = []
    if found.page:
        turn.append(Button(plain(language, "button-earlier"), "board", {"page": str(found.page - 1)}))
    if found.page + 1 < found.pages:
        turn.append(Button(plain(language, "button-later"), "board", {"page": str(found.page + 1)}))
    last = [Button(plain(language, "button-again"), "board", {"page": str(found.page)})]
    if found.unidentified:
        last.append(Button(plain(language, "button-identify"), "identify"))
    return tuple(tuple(each) for each in (turn, last) if each)
