"""What is wrong with a network file: where, which field, what is wrong with it, and what would be right."""

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

MOST_SHOWN = 50
Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, in a file at a line (from 1)."""

    file: str
    line: int
    field: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.what}"


class NetworkRefused(Exception):
    """The network file was not loaded, and nothing of it was; `problems` says all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        shown = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            shown.append(f"... and {len(self.problems) - MOST_SHOWN} more")
        super().__init__("\n".join(shown))


def field_name(path: Sequence[str | int]) -> str:
    """A path as a person reads it: facilities[3].duty[0].hours."""
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path).lstrip(".")


def meant(word: object, known: Collection[str]) -> str:
    """What may have been meant by a word that is not known: the nearest, or all when they are few."""
    near = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    if not known:
        return "there are none in this network"
    listed = ", ".join(sorted(known)[:12])
    return f"known: {listed}" + (", ..." if len(known) > 12 else "")


def complaints(error: ValidationError, model: type[BaseModel], hidden: bool) -> list[tuple[Path, str]]:
    """What pydantic found, as path and words; with `hidden`, values are not repeated (may be personal)."""
    return [
        (
            tuple(each["loc"]),
            _words(each["type"], each["msg"], each["loc"], each.get("input"), each.get("ctx", {}), model, hidden),
        )
        for each in error.errors(include_url=False)
    ]


def _words(
    kind: str,
    message: str,
    loc: Path,
    given: Any,
    context: dict[str, Any],
    model: type[BaseModel],
    hidden: bool,
) -> str:
    shown = "this value" if hidden or isinstance(given, dict | list) else repr(given)
    if kind == "missing":
        return f"is missing; {_right(model, loc)}"
    if kind == "extra_forbidden":
        names = _fields(model, loc[:-1])
        return f"is no field here; {meant(loc[-1], names)}"
    if kind in ("enum", "literal_error"):
        return f"{shown} is not possible; use one of {context['expected']}"
    if kind == "value_error":
        return str(context["error"])
    words = message[0].lower() + message[1:]
    return f"{shown} does not fit: {words}; {_right(model, loc)}"


def _model_at(model: type[BaseModel], loc: Path) -> type[BaseModel] | None:
    """The model that the fields at this path belong to."""
    for step in loc:
        if isinstance(step, int):
            continue
        found = _field(model, step)
        inner = found and _inner_model(found.annotation)
        if not inner:
            return None
        model = inner
    return model


def _field(model: type[BaseModel], name: str) -> Any:
    return next((each for key, each in model.model_fields.items() if name in (key, each.alias)), None)


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for each in getattr(annotation, "__args__", ()):
        found = _inner_model(each)
        if found is not None:
            return found
    return None


def _fields(model: type[BaseModel], loc: Path) -> list[str]:
    place = _model_at(model, loc)
    return [each.alias or name for name, each in place.model_fields.items()] if place else []


def _right(model: type[BaseModel], loc: Path) -> str:
    names = [each for each in loc if isinstance(each, str)]
    place = _model_at(model, loc[: loc.index(names[-1])]) if names else None
    found = _field(place, names[-1]) if place else None
    return f"give {found.description}" if found is not None and found.description else "see docs/network.md"
