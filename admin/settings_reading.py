"""Where settings come from, and the one line that refuses what cannot be used.

The last of these wins: the `.env` file of the working directory, the environment, an option of the command
line. Any REFLOOP_X may be given as REFLOOP_X_FILE: the file holds the value, as containers get secrets.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from admin.settings import Settings

PREFIX = "REFLOOP_"
# Read by the tests themselves, and there in the environment of what they start.
_OF_TESTS = ("REFLOOP_TEST_", "REFLOOP_FOREIGN_DATA")


class SettingsRefused(ValueError):
    """A setting that is not one, or whose value cannot be used; the text is the line to show."""


@dataclass(frozen=True)
class _Given:
    value: Any
    where: str


def load_settings(
    environment: Mapping[str, str], env_file: Path | None = None, options: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of an environment, a `.env` file and the command line's options (None = not given).

    SettingsRefused names the first variable that will not do and what would be right.
    """
    given: dict[str, _Given] = {}
    if env_file is not None and env_file.exists():
        values = {name: value or "" for name, value in dotenv_values(env_file).items()}
        given |= dict(_read(values, f" in {env_file}"))
    given |= dict(_read(environment, ""))
    for name, value in (options or {}).items():
        if value is not None:
            given[name] = _Given(value, f"--{_OPTIONS.get(name, name.replace('_', '-'))}")
    try:
        return Settings.model_validate({name: each.value for name, each in given.items()})
    except ValidationError as error:
        raise SettingsRefused(_refusal(error, given)) from None


_OPTIONS = {"telegram_api_url": "telegram-api"}


def _read(variables: Mapping[str, str], where: str) -> Iterator[tuple[str, _Given]]:
    for variable, value in variables.items():
        if not variable.startswith(PREFIX) or variable.startswith(_OF_TESTS):
            continue
        name = variable.removeprefix(PREFIX).lower()
        of_file = name.removesuffix("_file")
        if name in Settings.model_fields:
            # An empty variable is how compose files and shells say "not set".
            if value:
                yield name, _Given(value, f"{variable}{where}")
        elif name != of_file and of_file in Settings.model_fields:
            plain = variable.removesuffix("_FILE")
            if variables.get(plain):
                raise SettingsRefused(f"{variable}{where}: given twice; leave out it or {plain}")
            yield of_file, _Given(_content(variable + where, Path(value)), f"{variable}{where}")
        else:
            raise SettingsRefused(_unknown(variable, where))


def _content(where: str, path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        wanted = f"{where}: cannot read {path}: {reason}; right is a file with the value"
        raise SettingsRefused(wanted) from None


def _unknown(variable: str, where: str) -> str:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    near = difflib.get_close_matches(variable, known, n=1)
    meant = f"; did you mean {near[0]}?" if near else f"; the settings are {', '.join(known)}"
    return f"{variable}{where}: there is no such setting{meant}"


def _refusal(error: ValidationError, given: Mapping[str, _Given]) -> str:
    """One line for the first thing wrong; a secret's value is never in it."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if not first["loc"]:
        # Of two settings together: the message begins with the one to change.
        name, _, reason = first["msg"].removeprefix("Value error, ").partition(": ")
        return f"{_named(name, given)}: {reason}"
    name = str(first["loc"][0])
    field = Settings.model_fields[name]
    secret = "SecretStr" in str(field.annotation) or "SecretStr" in str(field.metadata)
    shown = "this value" if secret else repr(_plain(given[name].value))
    return f"{_named(name, given)}: {shown} will not do; right is {field.description}"


def _named(name: str, given: Mapping[str, _Given]) -> str:
    return given[name].where if name in given else PREFIX + name.upper()


def _plain(value: Any) -> Any:
    return "..." if isinstance(value, SecretStr) else str(value) if isinstance(value, Path) else value
