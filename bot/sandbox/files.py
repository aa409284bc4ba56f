"""Files in the sandbox: uploads of the bot, photos, documents and voice messages of people."""

import struct
import zlib

from bot.sandbox.refusals import bad_request
from bot.sandbox.wire import Upload
from bot.sandbox.world import BotAccount, Json, StoredFile

_FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice", "video": "videos"}
_MARKERS_WITH_SIZE = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def take_upload(account: BotAccount, kind: str, upload: Upload) -> StoredFile:
    """Keeps a file. A photo must be a PNG or JPEG, else the refusal Telegram gives for it."""
    if kind == "photo":
        image_size(upload.data)
    number = len(account.files) + 1
    name = upload.name or f"file_{number}"
    ending = f".{name.rsplit('.', 1)[1]}" if "." in name else ""
    ending = ending if ending[1:].isalnum() and ending.isascii() else ""
    file = StoredFile(
        id=f"file-{account.id}-{number}",
        unique_id=f"unique-{number}",
        path=f"{_FOLDERS[kind]}/file_{number}{ending}",
        name=name,
        mime=upload.mime,
        data=upload.data,
    )
    account.files[file.id] = file
    return file


def find_file(account: BotAccount, file_id: str) -> StoredFile | None:
    return account.files.get(file_id)


def photo_sizes(file: StoredFile) -> list[Json]:
    """The sizes of a photo: one is enough, bots take the last."""
    width, height = image_size(file.data)
    return [file.wire() | {"width": width, "height": height}]


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG or JPEG."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data.startswith(b"\xff\xd8"):
        at = 2
        while at + 9 <= len(data) and data[at] == 0xFF:
            if data[at + 1] in _MARKERS_WITH_SIZE:
                height, width = struct.unpack(">HH", data[at + 5 : at + 9])
                return int(width), int(height)
            at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    raise bad_request("IMAGE_PROCESS_FAILED")


def sample_photo() -> Upload:
    """A small grey picture, for a person who sends a photo without having one."""
    width, height = 160, 120
    rows = b"".join(b"\0" + bytes((120 + (x + y) // 4) % 256 for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return Upload("photo.png", "image/png", data)
