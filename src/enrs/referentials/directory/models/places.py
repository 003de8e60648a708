"""Structures: establishments of FINESS and practices of RPPS."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from enrs.referentials.directory.models.located import Located


class Organisation(Located):
    """A geographical establishment of FINESS, or a place of work that RPPS alone knows (a practice).

    `source` says which file last described it; the identifier derives from the number, so that a
    reload keeps it.
    """

    class Source(models.TextChoices):
        FINESS = "finess", "FINESS"
        RPPS = "rpps", "RPPS"

    source = models.CharField(max_length=10, choices=Source.choices)
    finess_eg = models.CharField("FINESS", max_length=9, blank=True)
    finess_ej = models.CharField("FINESS de l'entité juridique", max_length=9, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    technical_id = models.CharField(max_length=40, blank=True)
    category_code = models.CharField(max_length=10, blank=True)
    category_label = models.CharField("catégorie", max_length=200, blank=True)
    email = models.CharField("adresse électronique", max_length=200, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)

    class Meta:
        db_table = "directory_organisation"
        constraints = [
            models.UniqueConstraint(
                fields=["finess_eg"],
                condition=~models.Q(finess_eg=""),
                name="directory_organisation_finess",
            )
        ]
        indexes = [
            models.Index(fields=["name_key", "id"], name="directory_org_name"),
            models.Index(
                fields=["city_key"], opclasses=["varchar_pattern_ops"], name="directory_org_city"
            ),
            models.Index(fields=["siret"], name="directory_org_siret"),
            models.Index(
                fields=["finess_ej", "name_key", "id"],
                name="directory_org_legal",
                condition=~models.Q(finess_ej=""),
            ),
            GinIndex(fields=["search"], name="directory_org_search"),
        ]
