"""Sealing of personal text: AES-GCM under a key per patient, the keys wrapped by the site's key; and the blind index.

The site key never enters the database. Losing a patient's key erases the person and leaves every
hash and digest intact.
"""

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import insert, select
from sqlmodel import Field, SQLModel

from models.database import Transaction
from models.values import new_id

SITE = "site"  # key id of what has no patient yet: raw bodies, parked payloads, unfinished forms
_NONCE = 12


class PatientKey(SQLModel, table=True):
    """A patient's data key, wrapped by the site key."""

    __tablename__ = "patient_keys"

    id: str = Field(primary_key=True)
    wrapped: str


_KEYS = PatientKey.__table__  # type: ignore[attr-defined]


class CannotOpen(Exception):
    """Sealed text that this key or this place does not open: the wrong key, or a cell that was swapped or changed."""


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


class Keyring:
    """Seals and opens; holds the patients' keys that have been loaded.

    The blind index is an HMAC under its own key derived from the site key: equal text, equal index, no way back.
    """

    def __init__(self, site_key: bytes) -> None:
        """`site_key`: 32 random bytes."""
        if len(site_key) != 32:
            raise ValueError("the site key must be 32 bytes")
        self._index_key = hashlib.sha256(b"blind index" + site_key).digest()
        self._ciphers: dict[str, AESGCM] = {SITE: AESGCM(hashlib.sha256(b"sealing" + site_key).digest())}

    @classmethod
    def from_file(cls, path: Path) -> "Keyring":
        """The keyring of the key file, which is made (0600) when it is not there."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(_b64(os.urandom(32)) + "\n")
        return cls(base64.urlsafe_b64decode(path.read_text().strip()))

    def new_key(self) -> PatientKey:
        """A new patient's key, known from now on; the row is for the caller to insert."""
        unique, key = new_id(), AESGCM.generate_key(256)
        self._ciphers[unique] = AESGCM(key)
        return PatientKey(id=unique, wrapped=self.seal(SITE, _b64(key), f"patient_keys|wrapped|{unique}"))

    async def add_key(self, transaction: Transaction) -> str:
        """Make a new patient's key, store it, and give its id."""
        row = self.new_key()
        await transaction.execute(insert(PatientKey), [row.model_dump()])
        return row.id

    async def load(self, transaction: Transaction, key_ids: set[str]) -> None:
        """Make the keys of these patients known, in one query; an erased key stays unknown."""
        missing = sorted(key_ids - self._ciphers.keys())
        if not missing:
            return
        rows = await transaction.execute(select(_KEYS).where(_KEYS.c.id.in_(missing)))
        for row in rows.mappings():
            key = self.open(SITE, row["wrapped"], f"patient_keys|wrapped|{row['id']}")
            self._ciphers[row["id"]] = AESGCM(base64.urlsafe_b64decode(key))

    def seal(self, key_id: str, text: str, aad: str) -> str:
        """The text sealed; opens only with the same key and the same `aad` (the place it is written to)."""
        nonce = os.urandom(_NONCE)
        return _b64(nonce + self._ciphers[key_id].encrypt(nonce, text.encode(), aad.encode()))

    def open(self, key_id: str, sealed: str, aad: str) -> str:
        """The text; CannotOpen when the key is erased or unknown, or the text belongs somewhere else."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise CannotOpen("the key is not known, or was erased")
        data = base64.urlsafe_b64decode(sealed)
        try:
            return cipher.decrypt(data[:_NONCE], data[_NONCE:], aad.encode()).decode()
        except InvalidTag:
            raise CannotOpen("the sealed text does not belong here, or was changed") from None

    def blind(self, text: str) -> str:
        """The blind index of a text: 64 hexadecimal characters."""
        return hmac.new(self._index_key, text.encode(), hashlib.sha256).hexdigest()
