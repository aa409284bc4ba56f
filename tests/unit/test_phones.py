"""Phone numbers in one written form."""

import pytest

from models.phones import normal_phone


@pytest.mark.parametrize(
    "written, normal",
    [
        ("13900001234", "+8613900001234"),
        ("+86 139 0000 1234", "+8613900001234"),
        ("0086-139-0000-1234", "+8613900001234"),
        ("8613900001234", "+8613900001234"),
        ("１３９００００１２３４", "+8613900001234"),
        ("(0769) 2222-0000", "+8676922220000"),
        ("010-2222 0000", "+861022220000"),
        ("+31 20 123 4567", "+31201234567"),
    ],
)
def test_every_way_of_writing_a_number_gives_one(written: str, normal: str) -> None:
    assert normal_phone(written) == normal
    assert normal_phone(normal) == normal


@pytest.mark.parametrize("written", ["", "120", "1390000123", "139000012345", "+86139", "no phone", "+0123456789"])
def test_what_is_no_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ValueError) as refused:
        normal_phone(written)
    assert str(refused.value) == "is not a phone number; write it such as +8613900001234 or 0769-22220000"
