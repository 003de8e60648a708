"""Enrolments under way, and the one-time codes by which people show who they are."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7


class OneTimeCode(models.Model):
    """A code given once to one person: kept as a keyed hash, tied to what it is for and to whom.

    A later code for the same use and subject ends the former one, and a used one serves no more.
    """

    class Use(models.TextChoices):
        MAIL = "mail", "Enrôlement par courriel"
        LETTER = "letter", "Enrôlement par courrier"
        VOUCH = "vouch", "Enrôlement par un référent"
        FACTOR = "factor", "Second facteur perdu"
        INVITATION = "invitation", "Invitation au guichet"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    use = models.CharField(max_length=12, choices=Use.choices)
    subject_id = models.UUIDField()
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    made_by_id = models.UUIDField(null=True, blank=True)
    valid_until = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "portal_code"
        indexes = [models.Index(fields=["subject_id", "use"], name="portal_code_subject")]

    def __str__(self) -> str:
        return f"{self.use} {self.made_at:%Y-%m-%d}"


class Enrolment(models.Model):
    """Somebody of the directory who asks for an account: how they show who they are, and where it stands.

    `subject_id` is the directory's practitioner, or a person of the local register. Several may be begun
    for one person; what counts is the code, which goes to the person alone.
    """

    class Way(models.TextChoices):
        MAIL = "mail", "Code par courriel"
        LETTER = "letter", "Code par courrier"
        REFERENT = "referent", "Référent de la structure"

    class State(models.TextChoices):
        BEGUN = "begun", "Commencé"
        ASKED = "asked", "Code demandé"
        PROVED = "proved", "Identité confirmée"
        DONE = "done", "Compte ouvert"
        REFUSED = "refused", "Refusé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject_id = models.UUIDField(db_index=True)
    name = models.CharField("nom", max_length=200)
    label = models.CharField(max_length=200, blank=True)
    number = models.CharField("numéro", max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.BEGUN)
    way = models.CharField(max_length=10, choices=Way.choices, blank=True)
    organisation_id = models.UUIDField(null=True, blank=True)
    organisation_name = models.CharField(max_length=300, blank=True)
    address = models.CharField("adresse du courrier", max_length=400, blank=True)
    mailbox = models.CharField("boîte masquée", max_length=200, blank=True)
    begun_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)
    printed_at = models.DateTimeField(null=True, blank=True)
    answered_by_id = models.UUIDField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=400, blank=True)
    proved_at = models.DateTimeField(null=True, blank=True)
    user_id = models.UUIDField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "portal_enrolment"
        indexes = [
            models.Index(
                fields=["organisation_id", "asked_at"],
                condition=models.Q(state="asked"),
                name="portal_enrolment_waiting",
            ),
            models.Index(
                fields=["way", "asked_at"],
                condition=models.Q(state="asked"),
                name="portal_enrolment_letters",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.state}"
