"""The form of a partner."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from enrs.interop.gateway.commands import PARTNER_FIELDS
from enrs.interop.gateway.models import Partner
from enrs.interop.gateway.models_out import Recipient
from enrs.interop.gateway.outgoing import exposure


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


class RecipientForm(forms.ModelForm):
    """Where a partner is told of the numbers of its patients, and of what; `version` guards a stale save."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Recipient
        fields = (
            "host", "port", "is_encrypted", "domain", "wants_numbers", "wants_merges", "wants_links",
            "is_active",
        )  # fmt: skip
        help_texts = {
            "host": "Nom ou adresse IP de son écoute MLLP.",
            "domain": "Seuls les patients qui y ont un numéro sont concernés. Vide : tous, pour un service régional.",
            "wants_links": "Rapprochements faits ou défaits par la région entre deux de ses numéros.",
            "is_active": "Inactif, ses diffusions ne sont plus préparées ni envoyées.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def clean_port(self) -> int:
        """A port of TCP."""
        port = int(self.cleaned_data["port"])
        if not 0 < port < 65536:
            raise forms.ValidationError("Un port va de 1 à 65535.")
        return port

    def clean(self) -> dict[str, Any]:
        """Everybody's numbers go to a service of the region alone; in the open, to a private network."""
        values = super().clean() or {}
        if not values.get("domain") and self.instance.partner.asking != Partner.Asking.ALL:
            self.add_error("domain", "Le domaine de ses numéros, par exemple urn:finess:750000000.")
        fault = exposure(str(values.get("host", "")), is_encrypted=bool(values.get("is_encrypted")))
        if fault and "host" not in self.errors:
            self.add_error("is_encrypted", fault)
        return values
