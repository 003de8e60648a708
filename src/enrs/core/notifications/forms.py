"""Forms of notifications: a person's preferences, a member's account."""

from typing import Any
from uuid import UUID

from django import forms

from enrs.core.notifications.models import Preference, SmsAccount
from enrs.core.notifications.queries.reach import delivery_of, modes_of
from enrs.core.notifications.registry import KINDS, NoticeKind
from enrs.core.notifications.rules import texts
from enrs.core.notifications.rules.phones import PhoneError, mobile

SMS_MODES = [("now", "Tout de suite"), ("off", "Jamais")]


class TimeInput(forms.TimeInput):
    """The browser's own field for an hour."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class PreferencesForm(forms.Form):
    """One choice per kind and channel, the mobile, quiet hours and the hour of the digest."""

    mobile = forms.CharField(
        label="Mobile",
        required=False,
        max_length=30,
        help_text="Pour les SMS. Vide, vous n’en recevrez pas.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    quiet_from = forms.TimeField(label="Ne rien envoyer à partir de", widget=TimeInput())
    quiet_until = forms.TimeField(
        label="jusqu’à",
        widget=TimeInput(),
        help_text="Ce qui est urgent part à toute heure. Deux heures égales : aucun silence.",
    )
    digest_at = forms.TimeField(label="Résumé du jour à", widget=TimeInput())

    def __init__(self, data: Any = None, *, user_id: UUID, actor_kind: str) -> None:
        super().__init__(data)
        told = [one for one in KINDS.values() if one.channels and actor_kind in one.audience]
        self.kinds = sorted(told, key=lambda one: one.label)
        delivery, modes = delivery_of(user_id), modes_of(user_id)
        for name in ("mobile", "quiet_from", "quiet_until", "digest_at"):
            self.initial[name] = getattr(delivery, name)
        for kind in self.kinds:
            for channel in kind.channels:
                self._add(kind, channel, modes[kind.kind, channel])

    def _add(self, kind: NoticeKind, channel: str, mode: str) -> None:
        way = "par SMS" if channel == "sms" else "par courriel"
        self.fields[f"{channel}:{kind.kind}"] = forms.ChoiceField(
            label=f"{kind.label}, {way}",
            choices=SMS_MODES if channel == "sms" else Preference.Mode.choices,
            initial=mode,
            widget=forms.Select(
                attrs={"class": "form-select", "aria-label": f"{kind.label}, {way}"}
            ),
        )

    def rows(self) -> list[dict[str, Any]]:
        """One line per kind: its words, and its field for each channel that it allows."""
        return [
            {
                "label": kind.label,
                "is_urgent": kind.urgency == "urgent",
                "mail": self._bound("mail", kind),
                "sms": self._bound("sms", kind),
            }
            for kind in self.kinds
        ]

    def _bound(self, channel: str, kind: NoticeKind) -> Any:
        return self[f"{channel}:{kind.kind}"] if channel in kind.channels else None

    def clean_mobile(self) -> str:
        """A French mobile, in E.164, or nothing."""
        text = str(self.cleaned_data["mobile"]).strip()
        try:
            return mobile(text) if text else ""
        except PhoneError as error:
            raise forms.ValidationError(str(error)) from error

    def modes(self) -> dict[tuple[str, str], str]:
        """What was chosen, by kind and channel."""
        return {
            (kind.kind, channel): self.cleaned_data[f"{channel}:{kind.kind}"]
            for kind in self.kinds
            for channel in kind.channels
        }


class SenderNameField(forms.CharField):
    """The name that telephones show as the sender."""

    def __init__(self) -> None:
        super().__init__(
            label="Nom d’expéditeur",
            max_length=11,
            help_text="De 3 à 11 lettres sans accent ou chiffres, dont une lettre au moins\u00a0: CHTroisVal.",
        )

    def clean(self, value: Any) -> str:
        """Refuse what the operators' networks would not show."""
        name = str(super().clean(value))
        if not texts.is_sender_name(name):
            raise forms.ValidationError(
                "De 3 à 11 lettres sans accent ou chiffres, dont une lettre au moins."
            )
        return name


class OpenAccountForm(forms.Form):
    """Which organisation, under which name."""

    organisation = forms.UUIDField(
        label="Structure", error_messages={"required": "Choisissez une structure dans la liste."}
    )
    sender_name = SenderNameField()


class AccountForm(forms.ModelForm):
    """What the exploitation sets on an account; `version` guards a stale save."""

    sender_name = SenderNameField()
    callback_url = forms.URLField(
        label="Adresse des accusés",
        required=False,
        max_length=300,
        assume_scheme="https",
        help_text="Où le logiciel apprend ce que devient chaque SMS ; en https.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = SmsAccount
        fields = ("sender_name", "month_quota", "minute_quota", "callback_url", "is_active")
        help_texts = {
            "month_quota": "Un texte long en compte plusieurs.",
            "is_active": "Fermé, ses clés n’ouvrent plus rien.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def clean_callback_url(self) -> str:
        """Only https: the body names a sending and a reference of the member."""
        address = str(self.cleaned_data["callback_url"])
        if address and not address.startswith("https://"):
            raise forms.ValidationError("L’adresse doit commencer par https://")
        return address
