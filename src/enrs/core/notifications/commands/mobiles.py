"""A mobile is shown to be one's own by a code: until then no notice goes there."""

import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from enrs.core.access.actor import current_actor
from enrs.core.audit.commands import note
from enrs.core.effects import act
from enrs.core.ids import uuid7
from enrs.core.notifications.commands.sendings import send_sms
from enrs.core.notifications.models import Delivery

KIND = "account.mobile.code"
DIGITS = 6
GOOD_FOR = timedelta(minutes=15)
MOST_TRIES = 5
"""Wrong codes before another one must be asked for: one chance in 200,000 for who guesses."""
MOST_CODES, WINDOW = 5, timedelta(hours=24)
"""Codes that one account may have sent in a day: a number that is typed is not a way to bother somebody."""


class MobileCodeError(Exception):
    """Why a code is not sent or not taken, in French; `reason` is `none`, `late`, `tries`, `wrong` or `many`."""

    SENTENCES = {
        "none": "Aucun code n’est attendu : enregistrez d’abord un mobile.",
        "late": "Ce code a expiré : demandez-en un autre.",
        "tries": "Trop d’essais : demandez un autre code.",
        "wrong": "Ce n’est pas le code reçu : vérifiez les 6 chiffres.",
        "many": "Vous avez reçu assez de codes aujourd’hui : réessayez demain.",
    }

    def __init__(self, reason: str) -> None:
        super().__init__(self.SENTENCES[reason])
        self.reason = reason


def ask_code() -> None:
    """Send a code to the mobile of the signed-in person that is not confirmed yet.

    Raises:
        MobileCodeError: `none` (no mobile, or confirmed already), `many`.
    """
    with act():
        send_code(_mine())


def send_code(delivery: Delivery) -> None:
    """Send a fresh code, the former one being worth nothing any more; inside an act that holds the row."""
    now = timezone.now()
    if not delivery.mobile or delivery.confirmed_at:
        raise MobileCodeError("none")
    if delivery.codes_since is None or now - delivery.codes_since > WINDOW:
        delivery.codes_since, delivery.codes_sent = now, 0
    if delivery.codes_sent >= MOST_CODES:
        raise MobileCodeError("many")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    delivery.code_hash, delivery.code_until = _hash(delivery, code), now + GOOD_FOR
    delivery.code_tries, delivery.codes_sent = 0, delivery.codes_sent + 1
    delivery.save(
        update_fields=["code_hash", "code_until", "code_tries", "codes_sent", "codes_since"]
    )
    key = f"mobile:{uuid7()}"
    send_sms(
        kind=KIND, to=delivery.mobile, key=key, values={"code": code}, user_id=delivery.user_id
    )
    note("notice.mobile.asked", object_kind="user", object_id=delivery.user_id)


def confirm_mobile(*, code: str) -> None:
    """Take the code that the signed-in person received: their mobile is theirs.

    Raises:
        MobileCodeError: `none`, `late`, `tries`, `wrong`. A wrong one is counted, whatever follows.
    """
    given = "".join(code.split())
    with act():
        delivery = _mine()
        reason = _fault(delivery, given)
        if reason == "wrong":
            delivery.code_tries += 1
            delivery.save(update_fields=["code_tries"])
        elif not reason:
            delivery.confirmed_at, delivery.code_hash = timezone.now(), ""
            delivery.save(update_fields=["confirmed_at", "code_hash"])
            note("notice.mobile.confirmed", object_kind="user", object_id=delivery.user_id)
    if reason:
        raise MobileCodeError(reason)


def _fault(delivery: Delivery, code: str) -> str:
    if not delivery.code_hash or delivery.confirmed_at or delivery.code_until is None:
        return "none"
    if timezone.now() > delivery.code_until:
        return "late"
    if delivery.code_tries >= MOST_TRIES:
        return "tries"
    return "" if hmac.compare_digest(_hash(delivery, code), delivery.code_hash) else "wrong"


def _mine() -> Delivery:
    user_id = current_actor().user_id
    rows = Delivery.objects.select_for_update()
    found = rows.filter(user_id=user_id).first() if user_id else None
    if found is None:
        raise MobileCodeError("none")
    return found


def _hash(delivery: Delivery, code: str) -> str:
    """A code as it is kept: tied to the account and the number, by a key that the database does not have."""
    text = f"enrs.mobile:{delivery.user_id}:{delivery.mobile}:{code}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()
