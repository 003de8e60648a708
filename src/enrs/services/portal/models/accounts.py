"""Who looks after the accounts of a structure, and what was done to them."""

from django.db import models
from django.utils import timezone

from enrs.core.ids import uuid7


class Referent(models.Model):
    """Somebody who answers for the people of a structure: vouches, helps at night, reviews, closes.

    A delegate is named by a referent, for a time. Ended by `valid_until`, never deleted.
    """

    class Kind(models.TextChoices):
        REFERENT = "referent", "Référent"
        DELEGATE = "delegate", "Délégué"
        ON_CALL = "on_call", "Référent d’astreinte"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.UUIDField()
    organisation_name = models.CharField(max_length=300)
    user_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.REFERENT)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    named_by_id = models.UUIDField(null=True, blank=True)
    named_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "portal_referent"
        ordering = ["kind", "name", "id"]
        indexes = [models.Index(fields=["organisation_id"], name="portal_referent_place")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "user_id"],
                condition=models.Q(valid_until=None),
                name="portal_referent_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.organisation_name}"


class LocalPerson(models.Model):
    """Somebody of the social field who has no national number yet: their structure answers for them.

    `id` is whom grants are made to until `merged_into`, the directory's practitioner, takes over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField("numéro local", max_length=12, unique=True)
    given = models.CharField("prénom", max_length=100)
    family = models.CharField("nom", max_length=100)
    function_code = models.CharField("fonction", max_length=20)
    organisation_id = models.UUIDField(db_index=True)
    organisation_name = models.CharField(max_length=300)
    registered_at = models.DateTimeField(default=timezone.now)
    registered_by_id = models.UUIDField()
    registered_by = models.CharField(max_length=200)
    proof = models.CharField("pièce vue", max_length=100)
    merged_into = models.UUIDField(null=True, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    merged_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "portal_local_person"

    def __str__(self) -> str:
        return f"{self.given} {self.family.upper()}"


class NumberMatch(models.Model):
    """A national number that may be that of somebody of the local register: proposed, and answered by people.

    One row for a person and a number: what was refused once is not proposed again.
    """

    class Answer(models.TextChoices):
        WAITING = "", "À vérifier"
        ACCEPTED = "accepted", "Accepté"
        REFUSED = "refused", "Refusé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(LocalPerson, on_delete=models.PROTECT, related_name="matches")
    practitioner_id = models.UUIDField()
    number = models.CharField("numéro national", max_length=40)
    name = models.CharField(max_length=250)
    label = models.CharField("activité dans l’annuaire", max_length=200)
    proposed_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField("reconnu par la personne", null=True, blank=True)
    answer = models.CharField(
        max_length=10, choices=Answer.choices, default=Answer.WAITING, blank=True
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "portal_number_match"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "practitioner_id"], name="portal_number_match_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.number}"


class FactorHelp(models.Model):
    """A lost second factor, solved by a referent who recognised the person: a code of thirty minutes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=200)
    organisation_id = models.UUIDField()
    helped_by_id = models.UUIDField()
    helped_by = models.CharField(max_length=200)
    recognised = models.CharField(max_length=12)
    is_lost = models.BooleanField(default=False)
    reason = models.CharField(max_length=400, blank=True)
    given_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "portal_factor_help"
        indexes = [models.Index(fields=["organisation_id", "given_at"], name="portal_help_place")]

    def __str__(self) -> str:
        return f"{self.name}, {self.given_at:%Y-%m-%d}"


class Review(models.Model):
    """The last time that a structure said of somebody that they still work there."""

    user_id = models.UUIDField()
    organisation_id = models.UUIDField()
    confirmed_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=200)

    class Meta:
        db_table = "portal_review"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "user_id"], name="portal_review_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}, {self.confirmed_at:%Y-%m-%d}"


class Closing(models.Model):
    """An access that was closed: at one structure by its referent, or a whole account; it can be undone.

    `organisation_id` is empty when the whole account is closed.
    """

    class Cause(models.TextChoices):
        REFERENT = "referent", "Fermé par un référent"
        DIRECTORY = "directory", "Plus d’activité dans l’annuaire"
        OPERATOR = "operator", "Fermé par l’exploitation"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField(db_index=True)
    name = models.CharField(max_length=200)
    organisation_id = models.UUIDField(null=True, blank=True)
    organisation_name = models.CharField(max_length=300, blank=True)
    cause = models.CharField(max_length=10, choices=Cause.choices)
    reason = models.CharField(max_length=400, blank=True)
    closed_at = models.DateTimeField(default=timezone.now)
    closed_by = models.CharField(max_length=200)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "portal_closing"
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "organisation_id"],
                condition=models.Q(reopened_at=None),
                nulls_distinct=False,
                name="portal_closing_once",
            )
        ]
        indexes = [models.Index(fields=["organisation_id"], name="portal_closing_place")]

    def __str__(self) -> str:
        return f"{self.name}, {self.cause}"
