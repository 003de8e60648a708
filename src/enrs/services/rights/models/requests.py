"""A request about somebody's data, and everything that was done with it."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7
from enrs.core.subjects.models import Patient


class RightsRequest(models.Model):
    """What a person asks; `patient` is known when it came from their own space.

    `heir_quality`, `motive` and `wish` (what the person who died wanted) are those of the kind `heir` alone.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", "Consulter mes données"
        COPY = "copy", "Recevoir une copie"
        RECTIFICATION = "rectification", "Faire corriger une erreur"
        RESTRICTION = "restriction", "Limiter l’usage de mes données"
        OPPOSITION = "opposition", "M’opposer à un usage"
        HEIR = "heir", "Information sur une personne décédée"

    class Origin(models.TextChoices):
        SPACE = "space", "Depuis l’espace de la personne"
        LETTER = "letter", "Courrier"
        MAIL = "mail", "Courriel"
        IN_PERSON = "in_person", "Sur place"

    class Identity(models.TextChoices):
        ACCOUNT = "account", "Compte de la personne"
        SEEN = "seen", "Pièce d’identité vue"
        COPY = "copy", "Copie d’une pièce d’identité"
        KNOWN = "known", "Personne connue du service"
        NONE = "none", "Pas encore vérifiée"

    class Wish(models.TextChoices):
        UNCHECKED = "unchecked", "À rechercher"
        NONE = "none", "Aucune opposition trouvée"
        OPPOSED = "opposed", "La personne s’y est opposée"

    class State(models.TextChoices):
        RECEIVED = "received", "À traiter"
        EXTENDED = "extended", "Délai prolongé"
        ANSWERED = "answered", "Répondue"
        REFUSED = "refused", "Refusée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField("numéro", max_length=20, unique=True)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    person_name = models.CharField("personne concernée", max_length=300)
    asked_by_id = models.UUIDField(null=True, blank=True)
    asker_name = models.CharField("qui demande", max_length=200)
    asker_quality = models.CharField("à quel titre", max_length=100)
    heir_quality = models.CharField(max_length=10, blank=True)
    motive = models.CharField(max_length=10, blank=True)
    wish = models.CharField(max_length=10, choices=Wish.choices, blank=True)
    address = models.CharField("adresse de réponse", max_length=400, blank=True)
    identity = models.CharField(max_length=10, choices=Identity.choices)
    identity_by = models.CharField(max_length=200, blank=True)
    text = models.TextField("ce qui est demandé")
    is_old = models.BooleanField(default=False)
    received_on = models.DateField()
    due_on = models.DateField()
    refusal_code = models.CharField(max_length=15, blank=True)
    answer = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "rights_request"
        indexes = [
            models.Index(fields=["due_on", "id"], name="rights_request_due"),
            models.Index(fields=["asked_by_id", "id"], name="rights_request_asker"),
        ]

    def __str__(self) -> str:
        return self.number


class RequestAct(models.Model):
    """One thing done with a request. Rows are only added."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "Demande reçue"
        IDENTITY = "identity", "Identité vérifiée"
        EXTENDED = "extended", "Délai prolongé"
        ANSWERED = "answered", "Réponse envoyée"
        REFUSED = "refused", "Demande refusée"
        WISH = "wish", "Volonté de la personne recherchée"
        RESTRICTED = "restricted", "Traitement limité"
        LIFTED = "lifted", "Limitation levée"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    by_name = models.CharField(max_length=200)
    text = models.TextField(blank=True)

    class Meta:
        db_table = "rights_request_act"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind}, {self.by_name}"
