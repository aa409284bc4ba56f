"""A stored decision, told: the rules, the values, the sources, and what would have made it another one. Pure.

Works from what the event stores, so that it tells what was decided then, with the pack of then where it is still known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.values import Priority
from workers.rules.counterfactual import counterfactual
from workers.rules.limits_of import cells
from workers.rules.pack import Pack, PackRef
from workers.rules.table import InBothLanguages, Row
from workers.rules.triage import TriageDecision, decide_triage, parameters_of, read_inputs


@dataclass(frozen=True, slots=True)
class Why:
    """Three lines of a card: what fired, on which values, by which source; then what would have changed it.

    same: whether deciding again from what was stored gives the same priority and rules; None where the pack that
    decided is not the one at hand.
    """

    rules: InBothLanguages
    values: InBothLanguages
    sources: InBothLanguages
    otherwise: InBothLanguages | None
    same: bool | None


def why(
    pack: Pack,
    inputs: Mapping[str, Any],
    fired: Sequence[str],
    decided_by: PackRef,
    asked: Priority | None = None,
    priority: Priority | None = None,
) -> Why:
    """Why a decision came out as it did.

    `inputs`, `fired`, `decided_by`, `asked`, `priority` are as stored. `pack` is the pack to explain with: the one of
    then if it is known, else the present one.
    """
    again = decide_triage(pack, read_inputs(pack, {name: _plain(value) for name, value in inputs.items()}), asked)
    rows = [row for row in map(_finder(pack), fired) if row is not None]
    other = counterfactual(pack, again)
    same = None
    if decided_by.hash == pack.hash:
        same = tuple(fired) == again.rules and priority in (None, again.priority)
    return Why(
        rules=_both([(row.because.zh, row.because.en) for row in rows] or [_nothing(pack, asked)]),
        values=_values(pack, again, rows),
        sources=_sources(rows),
        otherwise=other.text if other else None,
        same=same,
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _finder(pack: Pack) -> Any:
    def find(rule: str) -> Row | None:
        try:
            return pack.row(rule)
        except KeyError:
            return None

    return find


def _nothing(pack: Pack, asked: Priority | None) -> tuple[str, str]:
    text = parameters_of(pack).texts["asked" if asked and asked is not Priority.routine else "nothing"]
    return text.zh, text.en


def _values(pack: Pack, decision: TriageDecision, rows: Sequence[Row]) -> InBothLanguages:
    """The values as given; those that some fired row looks at come first."""
    looked_at = {name for row in rows for name, _ in cells(row.when)}
    names = sorted(decision.inputs, key=lambda name: name not in looked_at)
    parameters = parameters_of(pack)
    told = []
    for name in names:
        value = decision.inputs[name]
        label = parameters.names.get(name)
        if label is None:
            continue
        unit = f" {decision.units[name]}" if name in decision.units and decision.units[name] != "level" else ""
        if value is True:
            told.append((label.zh, label.en))
        elif name == "symptoms":
            words = [parameters.words[code] for code in value if code in parameters.words]
            told.append(("、".join(word.zh[0] for word in words), ", ".join(word.en[0] for word in words)))
        elif value is not False:
            shown = ", ".join(value) if isinstance(value, list | tuple) else value
            told.append((f"{label.zh} {shown}{unit}", f"{label.en} {shown}{unit}"))
    return _both(told)


def _sources(rows: Sequence[Row]) -> InBothLanguages:
    told = [f"{row.source.document} {row.source.section} [{row.source.evidence}]" for row in rows]
    layers = [(f"{row.id}: {row.layer}",) * 2 for row in rows if row.layer]
    return _both([(text, text) for text in dict.fromkeys(told)] + layers)


def _both(parts: Sequence[tuple[str, str]]) -> InBothLanguages:
    unique = dict.fromkeys(parts)
    return InBothLanguages(zh="；".join(zh for zh, _ in unique) or "—", en="; ".join(en for _, en in unique) or "—")
