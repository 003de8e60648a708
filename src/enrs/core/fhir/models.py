"""Published resources, all versions, and the btree key rows that searches use."""

from django.db import models


class Resource(models.Model):
    """One version of a published resource. `body` is the exact JSON text that is served.

    `category` is the matrix category that guards it (empty for the directory, which has no patient);
    `marks` are the confidentiality bits of a document (1 masked from professionals, 2 hidden from the
    patient, 4 hidden from proxies).
    """

    pk = models.CompositePrimaryKey("type", "id", "version")
    type = models.CharField(max_length=40)
    id = models.UUIDField()
    version = models.PositiveIntegerField()
    patient_id = models.UUIDField(null=True)
    category = models.CharField(max_length=30, blank=True)
    marks = models.PositiveSmallIntegerField(default=0)
    body = models.TextField()
    updated_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)
    is_deleted = models.BooleanField(default=False)

    class Meta:
        db_table = "fhir_resource"
        constraints = [
            models.UniqueConstraint(
                fields=["type", "id"],
                condition=models.Q(is_current=True),
                name="fhir_resource_current",
            )
        ]
        indexes = [
            models.Index(
                fields=["patient_id", "type", "updated_at"],
                condition=models.Q(is_current=True),
                name="fhir_resource_patient",
            ),
            models.Index(
                fields=["type", "updated_at", "id"],
                condition=models.Q(is_current=True),
                name="fhir_resource_updated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.id}/_history/{self.version}"


class Key(models.Model):
    """A search key of a current resource: `param` = `value`, as text sorted by code point."""

    pk = models.CompositePrimaryKey("type", "param", "value", "id")
    type = models.CharField(max_length=40)
    param = models.CharField(max_length=40)
    value = models.CharField(max_length=300, db_collation="C")
    id = models.UUIDField()
    patient_id = models.UUIDField(null=True)

    class Meta:
        db_table = "fhir_key"
        indexes = [models.Index(fields=["type", "id"], name="fhir_key_resource")]

    def __str__(self) -> str:
        return f"{self.type}?{self.param}={self.value}"


class Misses(models.Model):
    """How many identifiers a user asked for in vain in one minute: the limit is the database's."""

    user_id = models.UUIDField(primary_key=True)
    minute = models.DateTimeField()
    misses = models.PositiveIntegerField()

    class Meta:
        db_table = "fhir_misses"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.misses}"
