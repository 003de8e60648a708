"""The form of a partner."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from enrs.interop.gateway.commands import PARTNER_FIELDS
from enrs.interop.gateway.models import Partner


class PartnerForm(forms.ModelForm):
    """What is known of a partner besides what its messages say; `version` guards a stale save."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Partner
        fields = PARTNER_FIELDS
        help_texts = {
            "finess": "Seuls les séjours de cette structure lui ouvrent des dossiers.",
            "certificate_name": "Nom (CN) du certificat que cet émetteur doit présenter ; vide, aucun n’est exigé.",
            "zone": "Celui des dates sans décalage horaire, par exemple Europe/Paris.",
            "trusted_identity_system": "Par exemple urn:finess:750000000 ou urn:oid:1.2.250…",
            "asking": "Par PIX et PDQ (QBP^Q23, QBP^Q22). Chaque réponse est au journal.",
            "is_active": "Les messages d’un émetteur inactif sont refusés.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def clean_zone(self) -> str:
        """A zone of the IANA database."""
        zone = str(self.cleaned_data["zone"]).strip()
        if zone not in available_timezones():
            raise forms.ValidationError("Ce fuseau est inconnu : essayez Europe/Paris.")
        return zone
