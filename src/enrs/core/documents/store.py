"""Putting bytes away encrypted and taking them out, through one pair of functions."""

import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from enrs.core.documents.models import Blob

NONCE = 12
YOUNG = timedelta(hours=12)
"""Half of what bytes without a row are kept for: no act lasts the other half."""


class BlobErasedError(Exception):
    """The content's key was destroyed: it can no longer be read by anybody."""


def address_of(content: bytes) -> bytes:
    """The keyed hash by which equal contents meet without telling what they are."""
    return hmac.digest(settings.SECRETS.blob_address_key, content, "sha256")


def put(content: bytes) -> Blob:
    """Keep `content`, once however often it is put, even by two at the same moment."""
    address = address_of(content)
    known = Blob.objects.filter(address=address).defer("data").first()
    if known and _stays([known]):
        return known
    fresh = Blob(**_sealed(address, content))
    Blob.objects.bulk_create([fresh], ignore_conflicts=True)
    return fresh


def put_many(contents: Iterable[bytes]) -> list[Blob]:
    """Keep many contents in a statement per 2,000; returned in the order given.

    They are inserted in the order of their addresses: two writers of the same contents wait for one
    another instead of stopping each other (a deadlock).
    """
    asked = [(address_of(content), content) for content in contents]
    fresh = {address: Blob(**_sealed(address, content)) for address, content in asked}
    ordered = [fresh[address] for address in sorted(fresh)]
    known = Blob.objects.filter(address__in=list(fresh)).order_by("address").defer("data")
    _stays(list(known))
    Blob.objects.bulk_create(ordered, ignore_conflicts=True, batch_size=2000)
    return [fresh[address] for address, _ in asked]


def _stays(known: list[Blob]) -> bool:
    """Make what was put long ago young again; false when some went meanwhile.

    Bytes that nothing refers to are removed after a day (`enrs prune`): those that somebody is about to
    refer to are no longer old, and their row is held until the caller has done so.
    """
    now = timezone.now()
    old = [one.address for one in known if one.created_at < now - YOUNG]
    return not old or Blob.objects.filter(address__in=old).update(created_at=now) == len(old)


def take(blob: Blob) -> bytes:
    """The plain content of a blob.

    Raises:
        BlobErasedError: its key was destroyed.
        cryptography.exceptions.InvalidTag: the stored bytes were altered.
    """
    if blob.wrapped_key is None:
        raise BlobErasedError(blob.address.hex())
    ring = AESGCM(settings.SECRETS.blob_key(blob.keyring_id).key)
    wrapped, address = bytes(blob.wrapped_key), bytes(blob.address)
    key = ring.decrypt(wrapped[:NONCE], wrapped[NONCE:], address)
    data = bytes(blob.data)
    return AESGCM(key).decrypt(data[:NONCE], data[NONCE:], address)


def erase(addresses: Iterable[bytes]) -> int:
    """Destroy the keys and the bytes of these blobs, for good; returns how many there were.

    Equal contents are one blob: only for contents that nothing else may hold (a salt makes them so).
    """
    rows = Blob.objects.filter(address__in=list(addresses))
    return rows.update(wrapped_key=None, data=b"")


def _sealed(address: bytes, content: bytes) -> dict[str, object]:
    ring = settings.SECRETS.current_blob_key
    key, nonce, wrap_nonce = (
        AESGCM.generate_key(256),
        secrets.token_bytes(NONCE),
        secrets.token_bytes(NONCE),
    )
    return {
        "address": address,
        "keyring_id": ring.id,
        "wrapped_key": wrap_nonce + AESGCM(ring.key).encrypt(wrap_nonce, key, address),
        "size": len(content),
        "data": nonce + AESGCM(key).encrypt(nonce, content, address),
    }
