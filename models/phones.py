"""Phone numbers in one written form, so that two ways of writing the same number match."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s\-().·‐-―]+")
_MOBILE = r"1[3-9][0-9]{9}"
_LANDLINE = r"(10|[2-9][0-9]{1,2})[0-9]{7,8}"


def normal_phone(text: str) -> str:
    """The number as + country code and digits, such as +8613900001234.

    A mainland mobile or landline (with its 0) may leave out the +86; any other country must say its code.
    ValueError, without the text, when it cannot be a phone number.
    """
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if number.startswith("00"):
        number = "+" + number[2:]
    if re.fullmatch(_MOBILE, number):
        number = "+86" + number
    elif re.fullmatch(rf"86{_MOBILE}", number):  # as a shared Telegram contact has it
        number = "+" + number
    elif number.startswith("0") and re.fullmatch(_LANDLINE, number[1:]):
        number = "+86" + number[1:]
    mainland = number.startswith("+86")
    if not re.fullmatch(rf"\+86({_MOBILE}|{_LANDLINE})" if mainland else r"\+[1-9][0-9]{6,14}", number):
        raise ValueError("is not a phone number; write it such as +8613900001234 or 0769-22220000")
    return number
