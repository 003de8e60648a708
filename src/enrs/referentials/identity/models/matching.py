"""What the matching engine compares, and the pairs that it and people found."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from enrs.core.ids import uuid7
from enrs.referentials.identity.models.identities import SourceIdentity


class IdentityFeature(models.Model):
    """What the matching engine compares of a source identity: normalised traits and blocking keys.

    One row for each identity that matching may consider (none for one absorbed by another). `keys` are
    `matching.features.blocking_keys`; two identities are compared when they share one.
    """

    identity = models.OneToOneField(
        SourceIdentity, on_delete=models.PROTECT, primary_key=True, related_name="feature"
    )
    birth_name = models.CharField(max_length=120)
    used_name = models.CharField(max_length=120, blank=True)
    given = models.CharField(max_length=120, blank=True)
    root = models.CharField(max_length=120, blank=True)
    others = models.CharField(max_length=200, blank=True)
    birth_date = models.CharField(max_length=10, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    birth_place = models.CharField(max_length=5, blank=True)
    home = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=12, blank=True)
    ins = models.CharField(max_length=15, blank=True)
    twin = models.CharField(max_length=2, blank=True)
    is_barred = models.BooleanField(default=False)
    keys = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "identity_feature"
        indexes = [GinIndex(fields=["keys"], name="identity_feature_keys", fastupdate=False)]

    def __str__(self) -> str:
        return str(self.identity_id)


class HotKey(models.Model):
    """A blocking key that too many identities share: nobody is compared for it alone."""

    key = models.BigIntegerField(primary_key=True)

    class Meta:
        db_table = "identity_hot_key"

    def __str__(self) -> str:
        return str(self.key)


class IdentityPair(models.Model):
    """Two source identities that resemble each other, or of which a person decided (`first` < `second`).

    `weight` is the evidence in bits, `levels` one digit for each comparison of the model `model`.
    `barrier` says why no rule may link them whatever the weight. `decision` is a person's (taken on the item
    `decided_item`), and stands until withdrawn: `history` holds it after those that stand under it.
    """

    class Decision(models.TextChoices):
        SAME = "same", "Même personne"
        DIFFERENT = "different", "Personnes différentes"
        NAMESAKE = "namesake", "Homonymes"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    first = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="+")
    weight = models.FloatField(default=0.0)
    levels = models.CharField(max_length=12, blank=True)
    barrier = models.CharField(max_length=16, blank=True)
    model = models.CharField(max_length=16, blank=True)
    decision = models.CharField(max_length=10, blank=True, choices=Decision.choices)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_item = models.UUIDField(null=True, blank=True)
    reason = models.TextField(blank=True)
    history = models.JSONField(default=list, blank=True)

    class Meta:
        db_table = "identity_pair"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="identity_pair_both")
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
