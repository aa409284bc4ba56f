"""YAML as people expect it, with the line of every value.

Plain YAML 1.1 reads `on:` as true, `20:00` as 1200 and keeps the last of two equal keys. A pack is read by
clinicians, so here only `true` and `false` are booleans, times and dates stay text, and a key given twice is
an error.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

_TAG = "tag:yaml.org,2002:"


class BadPack(ValueError):
    """A pack that cannot be used; each problem names the file, the line and what would be right."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class _Loader(yaml.CSafeLoader):
    """The C loader (five times as fast) with the scalars of YAML 1.2 and unique keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))


def _unique_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.MarkedYAMLError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(f"{_TAG}map", _unique_mapping)


class Document:
    """One YAML file: its value, and the line of anything in it."""

    def __init__(self, text: str, name: str) -> None:
        """`name` is the file as errors shall call it. BadPack when the text is not YAML with a mapping on
        top."""
        self.name = name
        self.text = text
        try:
            loader = _Loader(text)
            self._root = loader.get_single_node()
            self.value: object = loader.construct_document(self._root) if self._root is not None else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = f"{mark.line + 1}" if mark else "?"
            raise BadPack([f"{name}:{line}: {error.problem or 'not YAML'}"]) from error
        except yaml.YAMLError as error:
            raise BadPack([f"{name}: not YAML: {error}"]) from error
        if not isinstance(self.value, dict):
            raise BadPack([f"{name}:1: a pack is a mapping with name, version, tables and so on"])

    def line(self, path: Sequence[str | int]) -> int:
        """The line, counted from 1, of the value at `path`, or of the innermost thing on the way that
        exists."""
        node = self._root
        assert node is not None  # noqa: S101 - an empty document was refused
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            node = found
        return int(node.start_mark.line) + 1

    def row_id(self, path: Sequence[str | int]) -> str | None:
        """The `id` of the innermost thing on `path` that has one: the row a problem belongs to."""
        value, found = self.value, None
        for step in path:
            try:
                value = value[step]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                break
            if isinstance(value, dict) and isinstance(value.get("id"), str):
                found = value["id"]
        return found

    def problem(self, path: Sequence[str | int], words: str) -> str:
        """One line for people: file, line, row id if there is one, where, what."""
        row = self.row_id(path)
        where = ".".join(str(step) for step in path)
        return f"{self.name}:{self.line(path)}: {f'[{row}] ' if row else ''}{where}: {words}"


def nodes(text: str) -> tuple[yaml.Node, Callable[[yaml.Node], object]]:
    """The node tree of a text that parses, and what gives the value of any node in it."""
    loader = _Loader(text)
    root = loader.get_single_node()
    assert root is not None  # noqa: S101 - the caller has parsed it

    def value(node: yaml.Node) -> object:
        return _Loader("").construct_object(node, deep=True)

    return root, value


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]  # type: ignore[no-any-return]
    return None


def read_document(path: Path) -> Document:
    """The file at `path`; BadPack when it cannot be read as UTF-8 YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPack([f"{path.name}: cannot be read: {error}"]) from error
    return Document(text, path.name)
