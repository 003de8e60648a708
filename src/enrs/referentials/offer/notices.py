"""What people are told about the offer: units that wait for their word."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from enrs.core.notifications.registry import register_kind
from enrs.referentials.offer import links
from enrs.referentials.offer.commands.asking import KIND


def _mine(_details: Mapping[str, Any]) -> str:
    return reverse("offer:mine")


register_kind(
    KIND,
    label="Les unités que je décris sont-elles toujours exactes ?",
    template="offer/_notice_asked.html",
    icon="check2-square",
    link=_mine,
    link_label="Confirmer",
    channels=("mail",),
    mail_subject="Toujours exact ? Un geste suffit",
    mail_text=(
        "Personne n’a confirmé depuis 90 jours ce que l’annuaire régional dit d’unités que vous décrivez "
        "(à confirmer : {count}).\n\nSi rien n’a changé, un geste suffit, sans vous connecter, par le lien de ce "
        "courriel. Il est à vous et vaut un mois : ne le transmettez pas."
    ),
    audience=("professional",),
    entrance=links.address,
)
