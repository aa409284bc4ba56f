"""Phone numbers in one written form, so that two ways of writing the same number match."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-().·‐-―]+")


def normal_phone(text: str) -> str:
    """The number as + country code and digits, such as +8613900001234.

    A mainland mobile or landline (with its 0) may leave out the +86; any other country must say its code.
    ValueError, without the text, when it cannot be a phone number.
    """
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if number.startswith("00"):
        number = "+" + number[2:]
    if re.fullmatch(r"1[3-9][0-9]{9}", number):
        number = "+86" + number
    elif re.fullmatch(r"0[1-9][0-9]{8,10}", number):
        number = "+86" + number[1:]
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number) or re.fullmatch(r"\+861.{0,9}|\+861.{11,}", number):
        raise ValueError("is not a phone number; write it such as +8613900001234 or 0769-22220000")
    return number
