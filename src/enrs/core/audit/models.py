"""The journal's tables: partitioned lines, made in SQL, and the seals over them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class AuditLine(models.Model):
    """One act, written once. The table is partitioned by month (see the first migration)."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    action = models.TextField()
    outcome = models.TextField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.TextField()
    actor_role = models.TextField()
    organisation_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    patient_ids = ArrayField(models.UUIDField())
    object_kind = models.TextField()
    object_id = models.TextField()
    purpose = models.TextField()
    reason = models.TextField()
    channel = models.TextField()
    details = models.TextField()
    mac = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_line"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"


class AuditSeal(models.Model):
    """A link of the chain: the ordered lines of the transactions in [first_xid, upper_xid)."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    epoch = models.IntegerField()
    first_xid = models.BigIntegerField()
    upper_xid = models.BigIntegerField()
    line_ids = ArrayField(models.UUIDField())
    root = models.BinaryField()
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_seal"

    def __str__(self) -> str:
        return f"seal {self.sequence}"
