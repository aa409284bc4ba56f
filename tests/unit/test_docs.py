"""What the documentation says is there: files, headings, commands with their options, settings, metrics, tests."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from admin.cli import app
from admin.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")]
)
CODE = [
    file
    for package in ("models", "events", "workers", "bot", "admin", "tests", "bench")
    for pattern in ("*.py", "*.yaml")
    for file in (ROOT / package).rglob(pattern)
]
# Begin like settings: read by the tests themselves, and the prefix alone.
OTHERS = ("REFLOOP_TEST_", "REFLOOP_FOREIGN_DATA")


def each(pattern: str) -> list[Any]:
    """Every page with every match of a pattern in it."""
    return [
        pytest.param(page, found, id=f"{page.relative_to(ROOT)}: {found[:60]}")
        for page in PAGES
        for found in dict.fromkeys(re.findall(pattern, page.read_text(encoding="utf-8")))
    ]


@pytest.mark.parametrize("page, target", each(r"\]\(([^)\s]+)\)"))
def test_a_link_leads_somewhere(page: Path, target: str) -> None:
    if target.startswith(("http://", "https://")):
        return
    name, _, heading = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    assert file.exists(), f"{target}: there is no such file"
    assert file.is_relative_to(ROOT)
    if heading:
        assert heading in headings(file), f"{target}: no such heading; there are {sorted(headings(file))}"


@cache
def headings(page: Path) -> frozenset[str]:
    """The anchors that a page's headings get."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found)


@cache
def whole_command() -> Any:
    """`refloop` with all that is under it."""
    return typer.main.get_command(app)


@pytest.mark.parametrize("page, line", each(r"(?m)(?:^|[`$ ])((?:\.venv/bin/)?refloop (?:[a-z]+|--)[^`\n|;:,()]*)"))
def test_a_command_is_one_and_its_options_too(page: Path, line: str) -> None:
    words = shlex.split(line.partition("#")[0].rstrip(".。 "))
    command = whole_command()
    depth = 1
    while hasattr(command, "commands") and depth < len(words) and not words[depth].startswith("-"):
        names = words[depth].split("/")
        assert set(names) <= command.commands.keys(), f"{line}: there is no such command"
        command, depth = command.commands[names[0]], depth + 1
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    used = {word for word in words[depth:] if word.startswith("--")}
    assert used <= known, f"{line}: it has no {used - known}"


@pytest.mark.parametrize("page, target", each(r"`?make ([a-z][a-z-]+)`?(?=[ `\n]*(?:#|FULL|PORT|`|\n))"))
def test_a_target_of_make_is_there(page: Path, target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page, variable", each(r"\b(REFLOOP_[A-Z_]+)\b"))
def test_a_variable_is_a_setting(page: Path, variable: str) -> None:
    name = variable.removeprefix("REFLOOP_").lower()
    known = {"", *Settings.model_fields}
    assert variable.startswith(OTHERS) or name in known or name.removesuffix("_file") in known


@pytest.mark.parametrize("page, metric", each(r"`(refloop_[a-z_]+)`"))
def test_a_metric_is_counted(page: Path, metric: str) -> None:
    # The client adds _total to what only grows.
    told = (f'"{metric}"', f'"{metric.removesuffix("_total")}"')
    assert any(name in file.read_text(encoding="utf-8") for file in CODE for name in told)


@pytest.mark.parametrize("page, name", each(r"`(test_[a-z0-9_]+)`"))
def test_a_test_that_is_named_exists(page: Path, name: str) -> None:
    assert name in names_of_tests(), f"{name}: no test is called so"


@cache
def names_of_tests() -> frozenset[str]:
    """Of all tests there are."""
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(name for file in files for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "page, path", each(r"`((?:models|events|workers|bot|admin|tests|bench|unit|integration|torture)/[^`*\s:]+)`")
)
def test_a_file_that_is_named_exists(page: Path, path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / "tests" / path).exists()


def test_code_names_only_files_that_are_there() -> None:
    named = re.compile(r"\b((?:docs|tests|bench)/[\w./-]+\.(?:md|py|txt|yaml))")
    for file in CODE:
        for path in named.findall(file.read_text(encoding="utf-8")):
            assert (ROOT / path).exists(), f"{file.relative_to(ROOT)} names {path}"


CITED = re.compile(r"(?<![\w*/.-])((?:[\w-]+/)*[\w-]+\.md|docs/decisions/\d{4})(?![\w-])")


def test_no_file_cites_a_document_that_is_not_there() -> None:
    # Documents are cited by name, wherever they stand: in a comment, a table, a page.
    citing = [*CODE, *PAGES, *(ROOT / "tests").rglob("*.txt"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    missing = [
        f"{file.relative_to(ROOT)} cites {name}"
        for file in citing
        for name in CITED.findall(file.read_text(encoding="utf-8"))
        if not any(any(place.glob(f"{name}*")) for place in (ROOT, ROOT / "docs", file.parent))
    ]
    assert missing == []


def test_a_section_is_cited_with_its_document() -> None:
    # "§4.8" alone sends the reader nowhere; the rule packs name the document beside it.
    for file in CODE:
        if "packs" not in file.parts and file != Path(__file__):
            assert not re.search(r"§ ?\d", file.read_text(encoding="utf-8")), file.relative_to(ROOT)


def test_every_setting_and_decision_is_documented() -> None:
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"REFLOOP_{name.upper()}" in operations
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs/decisions").glob("0*.md"):
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {page.name[:4]} ")
        assert f"| [{page.name[:4]}]({page.name}) | {title} |" in index


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name
