"""Files of people whom somebody looks for, without anybody being created."""

from django.db import models

from enrs.core.ids import uuid7


class ProbeFile(models.Model):
    """A file handed in, how far it is, and its answers, for a day; its lines are gone once answered.

    It is answered as `user_id`, with the role and the place that they had when they handed it in.
    """

    class State(models.TextChoices):
        RUNNING = "running", "En cours"
        DONE = "done", "Terminé"
        ERASED = "erased", "Effacé"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user_id = models.UUIDField()
    author_name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    grantee_id = models.UUIDField(null=True)
    organisation_id = models.UUIDField(null=True)
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    line_count = models.PositiveIntegerField()
    done_count = models.PositiveIntegerField(default=0)
    found_count = models.PositiveIntegerField(default=0)
    content = models.BinaryField(default=b"")
    result = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_probe_file"
        indexes = [models.Index(fields=["user_id", "-id"], name="identity_probe_file_own")]

    def __str__(self) -> str:
        return self.file_name
