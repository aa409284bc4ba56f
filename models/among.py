"""A condition for any number of values with one parameter: an array on PostgreSQL, a JSON list on SQLite.

An IN with a parameter for each value is another statement for each number of values: SQLAlchemy writes it again at
every call, and PostgreSQL plans each one in each connection.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Values(TypeDecorator[Any]):
    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.of))

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> Any:
        values = list(value or ())
        return json.dumps(values) if dialect.name == "sqlite" else values


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True
    word = ""

    def self_group(self, against: Any = None) -> Any:
        """As it is: "= 1" around it, for engines without truth values, would hide it from the indexes."""
        return self


class _Outside(_Among):
    inherit_cache = True
    word = "NOT "


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"({element.word}{column} = ANY ({values}))"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} {element.word}IN (SELECT value FROM json_each({values})))"  # noqa: S608 - both are made of parameters


def among(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether the column (of text or numbers) is one of the values that are given as `parameter`."""
    return _Among(column, bindparam(parameter, type_=_Values(column.type)))


def outside(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether it is none of them."""
    return _Outside(column, bindparam(parameter, type_=_Values(column.type)))
