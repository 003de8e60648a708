"""Sealed values for an address or a page: who carries one neither reads nor makes it."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet
from django.conf import settings


def cipher(purpose: str) -> Fernet:
    """The seal of one purpose (`identity.outside`): what it closes opens under no other."""
    key = sha256(f"{purpose}:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(urlsafe_b64encode(key))
