"""Rules in a spreadsheet and back."""

import csv
import io
import re
from collections.abc import Callable

import pytest

from workers.rules.pack import PACKS, packs, parse_pack
from workers.rules.spreadsheet import COLUMNS, differences, export_csv, import_csv
from workers.rules.yaml_lines import BadPack, Document, read_document

Sheet = list[list[str]]


def document(name: str = "triage") -> Document:
    return read_document(PACKS / f"{name}.yaml")


def sheet(name: str = "triage") -> Sheet:
    return list(csv.reader(io.StringIO(export_csv(packs()[name]).removeprefix("\ufeff"), newline="")))


def written(lines: Sheet) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue()


def changed(row: str, column: str, to: str, name: str = "triage") -> str:
    lines = sheet(name)
    line = next(line for line in lines if line[1] == row)
    line[COLUMNS.index(column)] = to
    return written(lines)


@pytest.mark.parametrize("name", list(packs()))
def test_nothing_changed_is_the_same_pack_byte_for_byte(name: str) -> None:
    assert import_csv(document(name), export_csv(packs()[name]), "s.csv") == document(name).text


@pytest.mark.parametrize(
    "row, column, to, says",
    [
        ("HTN-EM-01", "when", '{"sbp": ">=185 mmHg"}', 'HTN-EM-01 when: {"any": [{"sbp": ">=180 mmHg"}'),
        ("DM-EM-02", "on", "FALSE", "DM-EM-02 on: true → false"),
        (
            "WST810-BP-X",
            "because_en",
            "very high",
            "WST810-BP-X because_en: SBP ≥210 or DBP ≥120 is extreme →",
        ),
        ("HG-AMB-1", "locator", "p. 4", "HG-AMB-1 locator: zyqjg.com 18161-2 → p. 4"),
    ],
)
def test_one_changed_cell_changes_that_row_only_and_is_told(row: str, column: str, to: str, says: str) -> None:
    before = document()
    after = parse_pack(Document(import_csv(before, changed(row, column, to), "s.csv"), "after.yaml"))
    told = differences(packs()["triage"], after)
    assert len(told) == 1
    assert told[0].startswith(says)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_spreadsheet_does_to_cells_by_itself_changes_nothing(delimiter: str) -> None:
    lines = sheet()
    for line in lines[1:]:
        line[2] = line[2].upper()
        line[11:13] = [re.sub(r"^(\d+)-0?(\d+)-0?(\d+)$", r"\1/\2/\3", cell) for cell in line[11:13]]
    assert any("/3/" in line[11] for line in lines)
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(lines)
    assert import_csv(document(), out.getvalue(), "s.csv") == document().text


def test_no_cell_is_taken_for_a_formula() -> None:
    text = document("duties").text.replace("en: first contact to first ECG under 10 min", 'en: "=HYPERLINK(1)"')
    pack = parse_pack(Document(text, "evil.yaml"))
    cells = [cell for line in csv.reader(io.StringIO(export_csv(pack))) for cell in line]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert import_csv(Document(text, "evil.yaml"), export_csv(pack), "s.csv") == text


@pytest.mark.parametrize(
    "spoil, says",
    [
        (lambda lines: [[*lines[0], "colour"], *lines[1:]], r"s.csv:1: unknown column 'colour'"),
        (lambda lines: [lines[0], lines[1][:-1], *lines[2:]], r"s.csv:2: 13 cells where 14 belong"),
        (lambda lines: [*lines, lines[1]], r"\[MEWS-HR-LOW2\] is there twice"),
        (lambda lines: lines[:-1], r"\[MOD-CHRONIC\] is missing; set its column on to false"),
        (lambda lines: [*lines, ["triage", "NEW-1", *lines[1][2:]]], r"\[NEW-1\] is no row of triage"),
        (lambda lines: [lines[0], [*lines[1][:2], "yes", *lines[1][3:]], *lines[2:]], r"s.csv:2: \[MEWS-HR-LOW2\] on"),
        (
            lambda lines: [lines[0], [*lines[1][:3], "<40", *lines[1][4:]], *lines[2:]],
            r"\[MEWS-HR-LOW2\] when: must be",
        ),
        (
            lambda lines: [lines[0], [*lines[1][:3], '{"heart_rate": "<=4 bpm"}', *lines[1][4:]], *lines[2:]],
            r"^s.csv:2: \[MEWS-HR-LOW2\] .*heart_rate is in /min, not in bpm",
        ),
        (
            lambda lines: [lines[0], ["triage", *lines[1][1:]], *lines[2:]],
            r"s.csv:2: \[MEWS-HR-LOW2\] table: a row stays",
        ),
    ],
)
def test_a_bad_sheet_is_refused_as_a_whole(spoil: Callable[[Sheet], Sheet], says: str) -> None:
    with pytest.raises(BadPack, match=says):
        import_csv(document(), written(spoil(sheet())), "s.csv")
