"""docs/rules.md is the packs' own."""

from workers.rules.book import PAGE, book, whole
from workers.rules.pack import packs


def test_the_page_of_rules_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert whole(page) == page, "python -m workers.rules.book writes it anew"


def test_every_row_is_on_the_page_with_its_source() -> None:
    text = book()
    for pack in packs().values():
        for table in pack.tables.values():
            for row in table.file.rows:
                assert f"| {row.id}: " in text
