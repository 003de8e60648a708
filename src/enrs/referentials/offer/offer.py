"""What the directory of the offer shows: its entry in the rail, its tab of the record, the word at sign-in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from enrs.core.access.actor import Actor
from enrs.core.access.regulation import know_regulation_by
from enrs.core.accounts.queries import actor_of
from enrs.core.ui.registry import HelpPage, Offer, Panel, help_page, offer, panel
from enrs.referentials.offer.queries.rights import is_regulation, stale_count


def _is_for(actor: Actor) -> bool:
    return actor.kind in ("professional", "person")


def _runs(actor: Actor) -> bool:
    return actor.role == "operator"


offer(
    Offer(
        key="offer",
        label="Offre de soins",
        icon="geo-alt",
        url_name="offer:search",
        summary="Trouver une unité, un cabinet ou une aide : activité, horaires, distance, places",
        is_for=_is_for,
        order=41,
    )
)
help_page(
    HelpPage(
        key="offre",
        label="Offre de soins",
        icon="geo-alt",
        summary="Trouver une unité, un cabinet ou une aide, décrire la sienne",
        template="offer/help.html",
        offers=("offer",),
        order=41,
    )
)
offer(
    Offer(
        key="offer_vocabulary",
        label="Mots de l’offre",
        icon="chat-square-text",
        url_name="offer:vocabulary",
        summary="Les thèmes de la recherche et les mots des besoins : ajouter, changer, retirer",
        is_for=_runs,
        order=87,
    )
)
know_regulation_by(is_regulation)
panel(Panel("offer", "Offre à proximité", "geo-alt", "offer:near_patient", "identity", 95))


@receiver(user_logged_in, dispatch_uid="offer.stale")
def say_what_is_stale(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """At sign-in, tell a referent which units nobody confirmed for 90 days."""
    if request is None or user.kind != "professional" or not hasattr(request, "_messages"):
        return
    count = stale_count(actor_of(user))
    if count:
        words = "unité attend" if count == 1 else "unités attendent"
        messages.warning(
            request,
            format_html(
                '{} {} votre « toujours exact ? ». <a href="{}">Confirmer</a>',
                count, words, reverse("offer:mine"),
            ),
        )  # fmt: skip
