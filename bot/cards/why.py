"""Why a referral is as urgent as it is: the rule, the values, the source; three lines, pure (N8)."""

from collections.abc import Mapping
from typing import Any

from bot.cards.parts import bold, dotted, lines, referral_of, say, t_name, vital_words
from bot.texts import Markup, paragraph
from bot.view import CardView
from events.referral import Vitals
from workers.rules.explaining import why as explained
from workers.rules.pack import Pack, PackRef

_LONGEST = 300  # UTF-16 units of each line


def why(view: CardView) -> Markup | None:
    """The three lines; None where no rule has decided yet."""
    decision = referral_of(view).decision
    if decision is None:
        return None
    told = decision.because.get(view.language, "")
    rules = ", ".join(decision.rules[:6]) or decision.pack
    pack = f"{decision.pack} {decision.pack_version}"
    known = _values(view, decision.inputs) or say(view, "why-no-value")
    return lines(
        bold(say(view, "menu-why")),
        say(view, "why-rule", rules=t_name(rules), because=paragraph(told, _LONGEST)),
        say(view, "why-value", values=dotted(known, _otherwise(view))),
        say(view, "why-source", sources=paragraph("; ".join(decision.sources) or "–", _LONGEST), pack=pack),
    )


def _otherwise(view: CardView) -> Markup | None:
    """What would have made it another decision, by the present pack; empty where no single change would."""
    decision = referral_of(view).decision
    if decision is None or decision.pack != "triage":
        return None
    then = PackRef(name=decision.pack, version=decision.pack_version, hash=decision.pack_hash)
    told = explained(_pack(view), decision.inputs, decision.rules, then, decision.asked)
    return paragraph(getattr(told.otherwise, view.language), _LONGEST) if told.otherwise else None


def _pack(view: CardView) -> Pack:
    state = referral_of(view)
    return view.rules.around("triage", view.directory, state.facility or state.initiator_facility)


def _values(view: CardView, inputs: Mapping[str, Any]) -> Markup:
    """What the rules looked at: measurements, and the symptoms that were found in the words."""
    known = {name: inputs[name] for name in Vitals.model_fields if inputs.get(name) is not None}
    words = _pack(view).parameters["words"]
    said = [words[code][view.language] for code in inputs.get("symptoms") or () if code in words]
    age = say(view, "draft-age", age=int(inputs["age"])) if isinstance(inputs.get("age"), int | float) else None
    return dotted(age, *vital_words(view.language, _vitals(known)), *(t_name(each[0]) for each in said if each))


def _vitals(known: Mapping[str, Any]) -> Vitals:
    """Measurements that a referral may carry; what a message gave as another kind of number is left out."""
    return Vitals.model_validate({name: value for name, value in known.items() if not isinstance(value, bool)})
