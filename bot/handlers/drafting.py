"""/refer and /sos: from what a doctor types and presses to a draft, and from the draft to a referral."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from bot.answers import Answer, Say
from bot.cards.draft import SUSPICIONS, question
from bot.drafts.draft import Draft, Field, merged
from bot.drafts.measured import legible
from bot.drafts.people import is_own
from bot.drafts.placing import acting_at, vocabulary, works_at
from bot.drafts.words import Understood, understand
from bot.handlers import drafts, forms
from bot.handlers.forms import Form, FormKind
from bot.handlers.sending_drafts import send
from bot.handlers.visit import Visit
from bot.identity import Standing
from bot.sending.tokens import Asked, labelled, write_tokens
from bot.texts import plain
from bot.view import Rendered
from events.referral import Vitals
from models.values import Priority, Sex, derived_id

MOST_WORDS = 1000  # characters of a referral in one message
_OLDEST = 125
_LONGEST_NAME = 40


async def refer(visit: Visit, standing: Standing, rest: str) -> Answer:
    """/refer with everything in one message, or alone: then one thing is asked after the other."""
    return await _begin(visit, standing, rest)


async def ask(visit: Visit, standing: Standing, rest: str) -> Answer:
    """/ask: a question to a specialist; it may become a referral."""
    return await _begin(visit, standing, rest, "advice")


async def emergency(visit: Visit, standing: Standing, rest: str) -> Answer:
    """/sos: three presses, or what is typed behind it and one."""
    draft = _new(visit, standing)
    if draft is None:
        return Answer(says=(Say(visit.inbound.chat, visit.text("draft-no-place")),))
    draft = draft.with_(emergency=True, priority=Priority.stat)
    if rest:
        draft = await drafts.completed(visit, standing, merged(draft, _understood(visit, draft, rest)))
        draft = draft.with_(priority=Priority.stat)
        return await drafts.show(visit, standing, draft, remove=_written(visit))
    return await drafts.show_emergency(visit, standing, draft)


async def _begin(visit: Visit, standing: Standing, rest: str, wants: Literal["advice"] | None = None) -> Answer:
    draft = _new(visit, standing)
    if draft is None:
        return Answer(says=(Say(visit.inbound.chat, visit.text("draft-no-place")),))
    if len(rest) > MOST_WORDS:
        return Answer(says=(Say(visit.inbound.chat, visit.text("words-too-long", limit=MOST_WORDS)),))
    draft = draft.with_(wants=wants, guided=not rest)
    if rest:
        draft = await drafts.completed(visit, standing, merged(draft, _understood(visit, draft, rest)))
    return await drafts.show(visit, standing, draft, remove=_written(visit) if rest else ())


def _new(visit: Visit, standing: Standing) -> Draft | None:
    facility = acting_at(standing, visit.directory, visit.now)
    # One draft per message: the same message handled again is the same draft.
    return Draft(id=derived_id(visit.cause, "draft"), facility=facility) if facility else None


def _understood(visit: Visit, draft: Draft, text: str) -> Understood:
    now = visit.now.astimezone(visit.directory.zone(draft.facility))
    return understand(text, vocabulary(visit.directory, draft.facility, visit.now), now)


def _written(visit: Visit) -> tuple[int, ...]:
    """What the doctor wrote names a patient: taken from the chat once it is stored."""
    return (visit.inbound.written,) if visit.inbound.written is not None else ()


async def pressed(visit: Visit, standing: Standing, params: Mapping[str, str]) -> Answer:
    """A press on a draft."""
    kept = await drafts.kept(visit, params["draft"], standing)
    if kept is None:
        return drafts.said(visit, visit.text("draft-gone"))
    if kept.sent is not None:
        return await _sent_already(visit, standing, kept.sent)
    if acting_at(standing, visit.directory, visit.now) is None:
        return Answer(toast=plain(standing.language, "draft-no-place"), alert=True)
    return await _PRESSES[params["do"]](visit, standing, kept.draft, params)


async def _sent_already(visit: Visit, standing: Standing, stream: str) -> Answer:
    state = (await visit.side.journal.load(visit.tx, [stream]))[stream].state
    return Answer(toast=plain(standing.language, "draft-already-sent", code=state.code))


async def _show(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    return await drafts.show(visit, standing, draft.with_(guided=False))


async def _menu(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    return await drafts.show(visit, standing, draft.with_(guided=False), params["menu"])


async def _to(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    await forms.drop(visit)
    draft = draft.with_(to_facility=params["facility"] or None, to_department=params["department"] or None)
    return await drafts.show(visit, standing, draft)


async def _from(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    """For another of the houses this doctor works at: its own people, its own partners."""
    if params["facility"] not in works_at(standing):
        return Answer(toast=plain(standing.language, "draft-no-place"), alert=True)
    draft = draft.with_(
        facility=params["facility"], to_facility=None, patient=None, candidates=(), somebody_new=False
    )  # fmt: skip
    return await drafts.show(visit, standing, await drafts.completed(visit, standing, draft))


async def _patient(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    chosen = params["patient"] or None
    if chosen is not None and not await is_own(visit, chosen, draft.facility):
        chosen = None
    draft = draft.with_(patient=chosen, somebody_new=chosen is None)
    return await drafts.show(visit, standing, await drafts.completed(visit, standing, draft))


async def _priority(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    return await drafts.show(visit, standing, draft.with_(priority=Priority(params["priority"])))


async def _sex(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    await forms.drop(visit)
    draft = await drafts.completed(visit, standing, draft.with_(sex=Sex(params["sex"])))
    return await drafts.show(visit, standing, draft)


async def _suspect(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    suspected = params["suspected"] if params["suspected"] in SUSPICIONS else None
    newborn = True if suspected == "critical_newborn" else None
    # "Something else" is a suspicion too: the words are written afterwards.
    words = "" if suspected else plain(standing.language, "sos-other-words")
    draft = draft.with_(suspected=suspected, newborn=newborn, words=words)
    return await drafts.show_whom(visit, standing, await drafts.completed(visit, standing, draft))


async def _skip(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    await forms.drop(visit)
    return await drafts.show(visit, standing, draft.with_(skipped=(*draft.skipped, Field(params["field"]))))


async def _ask_for(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    """Ask for one thing again, as the guided form does."""
    field = Field(params["field"])
    await drafts.keep(visit, standing, draft)
    await forms.begin(visit, FormKind.draft, draft=draft.id, field=field)
    return await _question(visit, standing, draft, field)


async def _question(visit: Visit, standing: Standing, draft: Draft, field: Field) -> Answer:
    rendered: Rendered = question(await drafts.view_of(visit, standing, draft), field)
    asked = Asked(standing.party.id, visit.inbound.chat, "", f"draft-{draft.id}", 0)
    outgoing, tokens = labelled(rendered, asked, visit.now)
    await write_tokens(visit.tx, tokens)
    return drafts.said(visit, outgoing)


async def _drop(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    await forms.drop(visit)
    await drafts.forget(visit, draft)
    return drafts.said(visit, visit.text("draft-dropped"))


async def _send(visit: Visit, standing: Standing, draft: Draft, params: Mapping[str, str]) -> Answer:
    await forms.drop(visit)
    return await send(visit, standing, draft, params["consent"])


_Press = Callable[[Visit, Standing, Draft, Mapping[str, str]], Awaitable[Answer]]
_PRESSES: dict[str, _Press] = {
    "send": _send, "show": _show, "menu": _menu, "to": _to, "from": _from, "patient": _patient,
    "priority": _priority, "sex": _sex, "suspect": _suspect, "skip": _skip, "ask": _ask_for, "drop": _drop,
}  # fmt: skip


async def typed(visit: Visit, form: Form) -> Answer:
    """What was typed for the draft; what does not fit is asked again, and says what would."""
    standing = next((each for each in visit.standings if each.staff), None)
    kept = await drafts.kept(visit, form.data["draft"], standing) if standing else None
    if standing is None or kept is None or kept.sent is not None:
        await forms.drop(visit)
        return Answer(says=(Say(visit.inbound.chat, visit.text("draft-gone")),))
    field = Field(form.data["field"])
    draft = _with_answer(visit, kept.draft, field, visit.inbound.text)
    if draft is None:
        return Answer(says=(Say(visit.inbound.chat, visit.text(f"ask-again-{field}")),))
    await forms.drop(visit)
    draft = await drafts.completed(visit, standing, draft)
    return await drafts.show(visit, standing, draft, remove=_written(visit))


def _with_answer(visit: Visit, draft: Draft, field: Field, text: str) -> Draft | None:
    found, plain_text = _understood(visit, draft, text), " ".join(legible(text).split())
    match field:
        case Field.name:
            name = found.name or plain_text
            fits = 2 <= len(name) <= _LONGEST_NAME and not any(char.isdigit() for char in name)
            fresh = draft.with_(name=None, patient=None, candidates=(), somebody_new=False)
            rest = Understood(**{each: getattr(found, each) for each in ("sex", "age", "phone", "id_card", "birth")})
            return merged(fresh, rest).with_(name=name) if fits else None
        case Field.age:
            age = found.age if found.age is not None else _number(plain_text)
            return draft.with_(age=age, sex=found.sex or draft.sex) if age is not None else None
        case Field.sex:
            return draft.with_(sex=found.sex) if found.sex else None
        case Field.problem:
            return merged(draft, found, replacing=True) if found.words else None
        case Field.vitals:
            return merged(draft, found) if found.vitals != Vitals() else None
        case Field.where:
            return merged(draft, found) if found.facility or found.department else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= _OLDEST else None
