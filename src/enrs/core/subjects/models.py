"""The patient anchor, an identifier and nothing else, and the shape of every clinical row."""

from django.db import models

from enrs.core.ids import uuid7


class Patient(models.Model):
    """A regional patient. Traits live in `referentials.identity`; this row only anchors."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "patient"

    def __str__(self) -> str:
        return str(self.id)


class ClinicalFact(models.Model):
    """A row of a record: known by the source identity under which it came, withdrawn, never deleted.

    `identity_id` never changes; `patient` is derived from the identity's link and rewritten in one
    place (`subjects.commands.relink`) when that link changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identity_id = models.UUIDField(db_index=True, null=True, blank=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """An editable row: `version` grows at each save and a stale save is refused."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


class Authored(models.Model):
    """Who wrote a row, by the account, the name and the words of that moment: a name that changes since stays."""

    author_id = models.UUIDField(null=True, blank=True)
    author_name = models.CharField(max_length=200)
    author_label = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


class AuthoredAtPlace(Authored):
    """Who wrote a row, and the organisation where they worked at that moment."""

    organisation_id = models.UUIDField(null=True, blank=True)
    organisation_name = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
