"""aiogram, imported without building what is never used.

Importing it builds the validators of some six hundred types and methods, each with all that it refers to: seconds, and
100 MB, in every process that talks to Telegram, which uses about twenty of them. pydantic builds a validator when it is
first used, if it is let. The names that this needs are those that aiogram hands to `model_rebuild`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel


@contextmanager
def built_when_used() -> Iterator[None]:
    """Within it, `import aiogram` takes a fifth of the time."""
    build, config = BaseModel.__dict__["model_rebuild"], BaseModel.model_config
    names: dict[str, Any] = {}

    def note(_model: type[BaseModel], /, *, _types_namespace: dict[str, Any], **_options: Any) -> None:
        names.update(_types_namespace)

    BaseModel.model_config = {**config, "defer_build": True}
    BaseModel.model_rebuild = classmethod(note)  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        BaseModel.model_config = config
        BaseModel.model_rebuild = build  # type: ignore[method-assign]
    for model in _below(BaseModel):
        if model.__module__.startswith("aiogram."):
            _know(model, names)


def _know(model: type[BaseModel], names: dict[str, Any]) -> None:
    """What a model calls by name is aiogram's, whoever uses it first and whatever names he has."""
    model.__pydantic_parent_namespace__ = names
    module = vars(sys.modules[model.__module__])
    for name, value in names.items():
        module.setdefault(name, value)
    if model.__name__ == "Response":  # of which there is one for each kind of answer, made in aiogram when it comes
        model.model_config["defer_build"] = False


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in model.__subclasses__():
        yield below
        yield from _below(below)
