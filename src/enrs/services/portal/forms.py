"""Forms of the portal."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from enrs.core.accounts.models import User
from enrs.core.moments import legal_day
from enrs.referentials.circles.forms import DAY, REFUSALS
from enrs.referentials.circles.measures import MEASURES, TERM_WORDS, Decided
from enrs.services.portal import rules
from enrs.services.portal.commands.factors import RECOGNISED
from enrs.services.portal.queries.enrolment import FUNCTIONS

PROXIES = {
    "parental_authority": "Autorité parentale : agit pour l’enfant, jusqu’à sa majorité",
    "mandate": "Aidant choisi par la personne : voit le dossier et agit pour elle",
    **{one.code: f"{one.label} : {one.line}" for one in MEASURES.values()},
}
"""On what ground somebody comes, with what it gives in one line."""
PLAIN = {"autocapitalize": "none", "spellcheck": "false"}


class NumberForm(forms.Form):
    """A number of the directory, and the name that it goes with."""

    number = forms.CharField(
        label="Numéro RPPS, RPPS+ ou ADELI",
        max_length=24,
        help_text="Sur votre carte CPS ou votre attestation d’inscription. Un numéro donné par votre "
        "structure commence par L.",
        widget=forms.TextInput(attrs={"autocomplete": "off", **PLAIN}),
    )
    family = forms.CharField(
        label="Nom d’exercice",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name", "spellcheck": "false"}),
    )


class CodeForm(forms.Form):
    """The code that somebody received."""

    code = forms.CharField(
        label="Code",
        max_length=24,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "class": "figures", **PLAIN}
        ),
    )


class ResumeForm(NumberForm, CodeForm):
    """A code received elsewhere, or days ago."""

    field_order = ["number", "family", "code"]


class InvitationForm(CodeForm):
    """The sheet of a desk: its number and its code."""

    number = forms.CharField(
        label="Numéro d’invitation",
        max_length=24,
        help_text="Il commence par P.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "figures", **PLAIN}),
    )
    field_order = ["number", "code"]


class PasswordForm(forms.Form):
    """A password, twice; what is wrong with it is said beside it."""

    password = forms.CharField(
        label="Mot de passe",
        max_length=128,
        strip=False,
        help_text="12 caractères au moins. Une phrase que vous seul connaissez va très bien.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Le même, encore une fois",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Refuse what the region's rules refuse."""
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        return password

    def clean_again(self) -> str:
        """Refuse two that differ."""
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError("Les deux mots de passe ne sont pas les mêmes.")
        return again


class AccountForm(PasswordForm):
    """The login and the password of a new account."""

    login = forms.CharField(
        label="Identifiant",
        max_length=40,
        help_text="Pour vous connecter. Lettres minuscules, chiffres, points et tirets.",
        widget=forms.TextInput(attrs={"autocomplete": "username", **PLAIN}),
    )
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        help_text="Pour vous prévenir ; jamais de données de santé dans un courriel.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ["login", "email", "password", "again"]

    def clean_login(self) -> str:
        """Small letters, and nothing that another program would misread."""
        login = str(self.cleaned_data["login"]).lower()
        if not rules.is_login(login):
            raise forms.ValidationError(
                "De 3 à 40 lettres minuscules sans accent, chiffres, points ou tirets."
            )
        return login


class HelpForm(forms.Form):
    """How a referent recognised who has lost their second factor."""

    recognised = forms.ChoiceField(
        label="Comment l’avez-vous reconnue ?",
        choices=list(RECOGNISED.items()),
        widget=forms.RadioSelect,
    )
    is_lost = forms.BooleanField(
        label="L’appareil est perdu ou volé : l’ancien second facteur ne doit plus servir",
        required=False,
    )
    reason = forms.CharField(
        label="Précision",
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RescueForm(CodeForm):
    """The way in of who has lost their second factor: the password, and the referent's code."""

    login = forms.CharField(
        label="Identifiant",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", **PLAIN}),
    )
    password = forms.CharField(
        label="Mot de passe",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["login", "password", "code"]


class LocalForm(forms.Form):
    """Somebody of the social field without a national number."""

    given = forms.CharField(label="Prénom", max_length=100)
    family = forms.CharField(label="Nom", max_length=100)
    function_code = forms.ChoiceField(label="Fonction", choices=list(FUNCTIONS.items()))
    proof = forms.CharField(
        label="Pièce vue",
        max_length=100,
        help_text="Carte d’identité, passeport… La nature de la pièce, jamais son numéro.",
    )


class MergeForm(forms.Form):
    """The national number that has come."""

    number = forms.CharField(
        label="Numéro RPPS+",
        max_length=24,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class ReasonForm(forms.Form):
    """Why an access is closed."""

    reason = forms.CharField(label="Motif", max_length=400, required=False)


class DelegateForm(forms.Form):
    """Who answers too, in which part, until when."""

    user = forms.UUIDField(label="Personne")
    kind = forms.ChoiceField(
        label="En quelle qualité",
        choices=[("delegate", "Délégué"), ("on_call", "Référent d’astreinte")],
    )
    until = forms.DateField(
        label="Jusqu’au", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class UnitForm(forms.Form):
    """The unit of a shared post."""

    unit = forms.CharField(
        label="Unité et emplacement",
        max_length=100,
        help_text="Comme on le dit dans le service : « Médecine B, poste infirmier ».",
    )


class PinForm(forms.Form):
    """A personal code of figures."""

    pin = forms.CharField(
        label="Code personnel",
        max_length=8,
        widget=forms.PasswordInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "off",
                "class": "figures pin",
                "autofocus": True,
            }
        ),
    )


class PersonForm(forms.Form):
    """A patient, or somebody who represents or helps them, let in at a desk."""

    kind = forms.ChoiceField(
        label="Qui se connectera ?",
        choices=[
            ("patient", "La personne elle-même"),
            ("relative", "Un proche ou un représentant"),
        ],
        widget=forms.RadioSelect,
    )
    given = forms.CharField(label="Prénom", max_length=100)
    family = forms.CharField(label="Nom", max_length=100)
    proof = forms.CharField(
        label="Pièce vue",
        max_length=100,
        help_text="Carte d’identité, livret de famille, jugement… La nature de la pièce, jamais son numéro.",
    )
    proxy_kind = forms.ChoiceField(
        label="À quel titre",
        choices=list(PROXIES.items()),
        widget=forms.RadioSelect,
        required=False,
    )
    role_label = forms.CharField(
        label="Lien", max_length=100, required=False, help_text="Fille, voisin, association…"
    )
    until = forms.DateField(
        label="Jusqu’au",
        required=False,
        widget=DAY,
        help_text="Pour une mesure de protection, la date de fin écrite dans la décision.",
    )
    authority = forms.CharField(
        label="Décision de",
        max_length=200,
        required=False,
        help_text="Tribunal judiciaire et ville, ou greffe qui a visé le mandat.",
    )
    decided_on = forms.DateField(label="Date de la décision", required=False, widget=DAY)
    term = forms.ChoiceField(
        label="Genre de décision", choices=list(TERM_WORDS.items()), required=False
    )
    account = forms.CharField(
        label="Identifiant de qui se connectera, si un compte existe déjà",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", **PLAIN}),
    )

    def clean(self) -> dict[str, Any]:
        """A relative comes on a ground, and their mandate does not end before it begins."""
        given = super().clean() or self.cleaned_data
        if given.get("kind") == "relative" and not given.get("proxy_kind"):
            self.add_error("proxy_kind", "Dites à quel titre cette personne agit.")
        until = given.get("until")
        if until and until <= legal_day(timezone.now()):
            self.add_error("until", "Cette date est passée.")
        if given.get("kind") == "relative" and given.get("proxy_kind") in MEASURES:
            self._demand_decision(given)
        return given

    def _demand_decision(self, given: dict[str, Any]) -> None:
        """A measure of protection comes with its decision, and ends."""
        for name, refusal in (
            ("until", "measure_end"),
            ("authority", "measure_decision"),
            ("decided_on", "measure_day"),
        ):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, REFUSALS[refusal])

    def decided(self) -> Decided | None:
        """What the decision of a measure of protection says; None for another ground."""
        given = self.cleaned_data
        if given["kind"] != "relative" or given["proxy_kind"] not in MEASURES:
            return None
        return Decided(
            authority=given["authority"],
            decided_on=given["decided_on"],
            ends_on=given["until"],
            term=given["term"] or "plain",
        )
