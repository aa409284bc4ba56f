"""A referral in one message: who, what, how urgent, where to, in any order and both languages; pure.

"李秀英 71女 心内 BP 186/112 头痛2天 急", "Li Xiuying F 71 cardiology BP 186/112 headache 2 days urgent". Whatever is
not understood as something else stays in `words`: nothing that was typed is lost.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.drafts.measured import Scan, legible, take_vitals
from events.referral import Vitals
from models.phones import normal_phone
from models.values import Priority, Sex

# Where to: a facility, a department anywhere, or both.
Place = tuple[str | None, str | None]

_ID_CARD = re.compile(r"(?<!\d)\d{17}[\dxX](?![\da-zA-Z])")
_PHONE = re.compile(r"(?<![\d+])(?:\+?86[ -]?)?1[3-9]\d{9}(?!\d)")
_MALE, _FEMALE = r"男性?|先生|\bmale\b|\bman\b|\bm\b", r"女性?|女士|\bfemale\b|\bwoman\b|\bf\b"
_YEARS = r"岁|周岁|\s*-?\s*(?:y/?o|yrs?(?:\s*old)?|years?(?:[\s-]*old)?)\b"
_AGE = re.compile(rf"(?<![\d./])(?P<age>\d{{1,3}})(?:{_YEARS})", re.IGNORECASE)
_AGE_SEX = re.compile(
    rf"(?<![\d./a-z])(?P<age>\d{{1,3}})\s*(?:{_YEARS})?\s*(?:(?P<m>男|male\b|man\b|m\b)|(?P<f>女|female\b|woman\b|f\b))",
    re.IGNORECASE,
)
_SEX_AGE = re.compile(
    rf"(?:(?P<m>男性?|\bmale\b|\bman\b|\bm)|(?P<f>女性?|\bfemale\b|\bwoman\b|\bf))\s*,?\s*"
    rf"(?P<age>\d{{1,3}})(?:{_YEARS})?(?![\d./%]|\s*(?:个?月|天|日|周|小时|分|d|h|min|week|month))",
    re.IGNORECASE,
)
_MONTHS_OLD = re.compile(r"(?<!\d)\d{1,2}\s*(?:个?月大|个?月龄|months?[\s-]*old\b|mo\b)", re.IGNORECASE)
_SEX = re.compile(rf"(?:(?P<m>{_MALE})|(?P<f>{_FEMALE}))", re.IGNORECASE)
_NEWBORN = re.compile(r"新生儿|newborn|neonate", re.IGNORECASE)
_PREGNANT = re.compile(r"(?<![未没不])(?:怀孕|妊娠|孕妇|孕\s*\d|孕(?=周|期))|\bpregnant\b", re.IGNORECASE)
_BARE_AGE = re.compile(r"(?<![^\s,;，；])(?P<age>\d{1,3})(?![^\s,;，；])")
_OLDEST = 125

_HAN_NUMBERS = {"半": 0.5, "两": 2.0} | {char: float(n) for n, char in enumerate("一二三四五六七八九十", start=1)}
_DURATION = re.compile(
    r"(?<![\d./])(?P<n>\d{1,3}(?:\.\d)?|[半一两二三四五六七八九十])\s*(?:余|多)?\s*个?\s*"
    r"(?:(?P<min>分钟?|min(?:ute)?s?\b)|(?P<hour>小时|钟头|h(?:ou)?rs?\b|h\b)|(?P<day>天|日|d(?:ays?)?\b)"
    r"|(?P<week>周(?!岁)|星期|weeks?\b)|(?P<month>月(?!大|龄)|months?(?![\s-]*old)\b))(?!前?(?:产|出生))",
    re.IGNORECASE,
)
_UNITS = {
    "min": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7),
    "month": timedelta(days=30),
}  # fmt: skip
_CLOCK = re.compile(
    r"(?:(?<=since )|(?<=from )|(?<=onset )|(?<=自)|(?<=今日)|(?<=今天))(?P<a>\d{1,2}:\d{2})"
    r"|(?<![\d/])(?P<b>\d{1,2}:\d{2})\s*(?:起|开始|发)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:姓名|患者|病人|\bname\b|\bpatient\b)\s*[:：]\s*(?P<name>[一-鿿·]{2,8}|[a-z'’-]+(?: [a-z'’-]+){0,2})",
    re.IGNORECASE,
)
_HAN_NAME = re.compile(r"[一-鿿]{2,4}|[一-鿿]{1,8}·[一-鿿]{1,12}")
_LATIN_NAME = re.compile(r"(?<![\w'’-])[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+){1,2}(?![\w'’-])")
# The hundred surnames that nine of ten people in China have; another name is given as "姓名: ...".
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤温康施文牛樊葛邢安齐易乔"
    "伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉骆蓝路游靳欧阳柴蒙"
)
_NO_NAME = frozenset("痛疼血压病症炎肿咳喘吐泻晕疸疹瘫搐麻糖尿癌瘤伤热烧胀闷悸科院转诊急胎孕产查药")
_BREAKS = re.compile(r"[\s,;，；。、]+")
_TO = re.compile(r"^(?:转诊到|转诊|转到|转至|转往|转|到|去|送|to )(?=.)", re.IGNORECASE)
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words in lower case that mean something here: places of the network, and priorities."""

    places: Mapping[str, Place]
    priorities: Mapping[str, Priority]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message says. Age in years; `birth` as far as an identity number tells; `onset_at` in UTC.

    `absurd`: names of measurements that cannot be true. `words`: the rest, without who and where to.
    """

    name: str | None = None
    sex: Sex | None = None
    age: int | None = None
    newborn: bool | None = None
    pregnant: bool | None = None
    birth: str | None = None
    phone: str | None = None
    id_card: str | None = None
    vitals: Vitals = field(default_factory=Vitals)
    absurd: tuple[str, ...] = ()
    onset_at: datetime | None = None
    priority: Priority | None = None
    facility: str | None = None
    department: str | None = None
    words: str = ""


def understand(text: str, vocabulary: Vocabulary, now: datetime) -> Understood:
    """What a message says about a patient; `now` on the wall clock of the facility (onset is counted from it)."""
    scan = Scan(legible(text))
    card = scan.take(_ID_CARD)
    phone = scan.take(_PHONE)
    named = scan.take(_NAMED)
    vitals, absurd = take_vitals(scan)
    age, sex = _age_and_sex(scan)
    newborn = True if _NEWBORN.search(scan.text) else None
    pregnant = True if _PREGNANT.search(scan.text) else None
    onset_at = _onset(scan.text, now)
    before = scan.text  # a word may be both: how urgent, and the department for it
    facility, department = _take_place(scan, vocabulary)
    priority = _take_priority(scan, before, vocabulary)
    name = named["name"].strip() if named else _take_name(scan)
    if age is None and len(found := _BARE_AGE.findall(scan.text)) == 1 and int(found[0]) <= _OLDEST:
        scan.take(_BARE_AGE)
        age = int(found[0])
    return Understood(
        name=name, sex=sex, age=age, newborn=newborn, pregnant=pregnant, birth=_birth_of(card), id_card=_text(card),
        phone=normal_phone(phone.group()) if phone else None, vitals=vitals, absurd=absurd, onset_at=onset_at,
        priority=priority, facility=facility, department=department, words=_rest(scan.text),
    )  # fmt: skip


def _text(found: re.Match[str] | None) -> str | None:
    return found.group().upper() if found else None


def _birth_of(card: re.Match[str] | None) -> str | None:
    """The date of birth that a mainland identity number carries."""
    if card is None:
        return None
    digits = card.group()[6:14]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    except ValueError:
        return None


def _age_and_sex(scan: Scan) -> tuple[int | None, Sex | None]:
    found = None
    for pattern in (_AGE_SEX, _SEX_AGE):
        there = pattern.search(scan.text)
        if there is not None and int(there["age"]) <= _OLDEST:
            found = scan.take(pattern)
            break
    if found is not None:
        return int(found["age"]), _sex_of(found)
    age: int | None = None
    if scan.take(_MONTHS_OLD) is not None:
        age = 0
    elif (there := _AGE.search(scan.text)) is not None and int(there["age"]) <= _OLDEST:
        scan.take(_AGE)
        age = int(there["age"])
    alone = scan.take(_SEX)
    return age, _sex_of(alone) if alone else None


def _sex_of(found: re.Match[str]) -> Sex:
    return Sex.male if found["m"] else Sex.female


def _onset(text: str, now: datetime) -> datetime | None:
    """When it began: a clock time of today or yesterday, else the shortest span that is named."""
    clock = _CLOCK.search(text)
    if clock is not None:
        hour, minute = map(int, (clock["a"] or clock["b"]).split(":"))
        if hour < 24 and minute < 60:
            at = datetime.combine(now.date(), time(hour, minute), now.tzinfo)
            return at if at <= now else at - timedelta(days=1)
    spans = []
    for found in _DURATION.finditer(text):
        unit = next(_UNITS[name] for name in _UNITS if found[name])
        number = _HAN_NUMBERS.get(found["n"])
        spans.append(unit * (float(found["n"]) if number is None else number))
    return now - min(spans) if spans else None


def _take_place(scan: Scan, vocabulary: Vocabulary) -> Place:
    facility: str | None = None
    department: str | None = None
    for phrase in _phrases(scan.text):
        known = vocabulary.places.get(phrase.casefold()) or vocabulary.places.get(_TO.sub("", phrase).casefold())
        if known is None or scan.take(_whole(phrase, r"(?:to\s+)?")) is None:
            continue
        facility, department = facility or known[0], department or known[1]
    return facility, department


def _take_priority(scan: Scan, text: str, vocabulary: Vocabulary) -> Priority | None:
    said = [phrase for phrase in _phrases(text) if phrase.casefold() in vocabulary.priorities]
    for phrase in said:
        scan.take(_whole(phrase))
    return max((vocabulary.priorities[phrase.casefold()] for phrase in said), default=None)


def _phrases(text: str) -> list[str]:
    """Every run of up to four words between two signs, the longest first."""
    found = []
    for part in re.split(r"[,;，；。、\n]", text):
        words = part.split()
        for length in range(min(_MOST_WORDS, len(words)), 0, -1):
            found += [" ".join(words[n : n + length]) for n in range(len(words) - length + 1)]
    return sorted(dict.fromkeys(found), key=len, reverse=True)


def _whole(phrase: str, before: str = "") -> re.Pattern[str]:
    spaced = before + r"\s+".join(map(re.escape, phrase.split()))
    return re.compile(rf"(?<![^\s,;，；。、]){spaced}(?![^\s,;，；。、])")


def _take_name(scan: Scan) -> str | None:
    for word in _BREAKS.split(scan.text):
        fits = _HAN_NAME.fullmatch(word) and (word[0] in _SURNAMES or "·" in word) and not _NO_NAME & set(word)
        if fits:
            scan.take(_whole(word))
            return word
    latin = scan.take(_LATIN_NAME)
    return latin.group() if latin else None


def _rest(text: str) -> str:
    """What is left, its lines and signs kept, without the gaps where something was taken out."""
    parts = (part.strip(" ,;，；。、") for part in re.split(r"\s,\s|\n", text))
    return ", ".join(" ".join(part.split()) for part in parts if part)
