"""Legal entities of FINESS and their groups."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from enrs.referentials.directory.models.located import Located
from enrs.referentials.directory.rules import siren_words


class LegalEntity(Located):
    """A legal entity of FINESS (« EJ »): who answers for establishments, which name it by its number alone.

    The link is the number (`Organisation.finess_ej`), so that a file of establishments may come before that of
    their entities. `technical_id` is how the groups of the flow name it.
    """

    finess = models.CharField("FINESS", max_length=9, unique=True)
    siren = models.CharField("SIREN", max_length=9, blank=True)
    technical_id = models.CharField(max_length=20, blank=True)
    status_code = models.CharField(max_length=10, blank=True)
    status_label = models.CharField("statut juridique", max_length=200, blank=True)
    ape_code = models.CharField("activité principale", max_length=6, blank=True)
    created_on = models.DateField("créée le", null=True, blank=True)
    closed_on = models.DateField("fermée le", null=True, blank=True)

    class Meta:
        db_table = "directory_legal_entity"
        indexes = [
            models.Index(fields=["name_key", "id"], name="directory_legal_name"),
            models.Index(
                fields=["city_key"], opclasses=["varchar_pattern_ops"], name="directory_legal_city"
            ),
            GinIndex(fields=["search"], name="directory_legal_search"),
        ]

    @property
    def siren_shown(self) -> str:
        """« 260 100 037 »."""
        return siren_words(self.siren)


class Group(models.Model):
    """A group of legal entities of FINESS (« GCC »): the hospitals of a territory (GHT) before all."""

    id = models.UUIDField(primary_key=True, editable=False)
    number = models.CharField(max_length=20)
    type_code = models.CharField(max_length=10, blank=True)
    name = models.CharField("nom", max_length=300)
    is_closed = models.BooleanField(default=False)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "directory_group"

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A legal entity in a group, with its role: it supports the group, or is one of its members."""

    class Role(models.TextChoices):
        SUPPORT = "S", "Établissement support"
        MEMBER = "M", "Membre"

    id = models.UUIDField(primary_key=True, editable=False)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="members")
    entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=5, choices=Role.choices, blank=True)
    is_active = models.BooleanField(default=True)
    row_hash = models.CharField(max_length=32)

    class Meta:
        db_table = "directory_group_member"

    def __str__(self) -> str:
        return f"{self.group_id}: {self.entity_id}"
