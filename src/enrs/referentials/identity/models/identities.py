"""Source identities with all their versions, their links to patients, and the work list."""

from uuid import UUID

from django.db import models
from django.db.models import Q

from enrs.core.ids import uuid7
from enrs.core.moments import PartialDateField
from enrs.core.subjects.models import Patient
from enrs.referentials.identity import rules


class TraitColumns(models.Model):
    """The traits of a person, as `rules.Traits` names them, and the RNIV attribute."""

    birth_name = models.CharField(max_length=100)
    first_given_name = models.CharField(max_length=100, blank=True)
    given_names = models.CharField(max_length=200, blank=True)
    used_name = models.CharField(max_length=100, blank=True)
    used_given_name = models.CharField(max_length=100, blank=True)
    birth_date = PartialDateField(blank=True, db_collation="C")
    sex = models.CharField(max_length=1, default="U")
    birth_place_code = models.CharField(max_length=5, blank=True)
    ins = models.CharField(max_length=22, blank=True)
    ins_oid = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=12, default="provisional")
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=10, blank=True)
    city = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=200, blank=True)
    deceased_at = models.DateTimeField(null=True, blank=True)
    multiple_birth = models.CharField(max_length=2, blank=True, default="")
    proof = models.CharField(max_length=8, blank=True, default="")
    collected_by = models.CharField(max_length=8, blank=True, default="")
    attribute = models.CharField(max_length=12, blank=True)

    class Meta:
        abstract = True

    @property
    def traits(self) -> rules.Traits:
        """The row's traits as a value."""
        return rules.Traits(**{name: getattr(self, name) for name in rules.TRAIT_FIELDS})

    @property
    def shown_status(self) -> str:
        """The status that may be shown: doubtful and fictive identities are provisional."""
        return rules.shown_status(self.status, self.attribute)


class SourceIdentity(TraitColumns):
    """A person as one source knows them: `system` and `value` name them there.

    `patient` is where the open link leads. An identity that its source merged into another keeps its
    row and names the other in `absorbed_into`; `absorbed_told_…` are what the newest message said of that,
    which differs where merges run in a circle (`rules.merges`).

    `told_at` is the moment, by the source's own clock, of the newest message about these traits (EVN-2),
    `told_by` its sender, `digest` what it said; `stamps` names those of the traits that come from an older
    one, with its moment.
    `own_attribute` is what the source says (or its INS deserves), `marked` what a person of its place says,
    until they lift it; `attribute` adds what the region found.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    system = models.CharField(max_length=120)
    value = models.CharField(max_length=80)
    sender = models.CharField(max_length=120, blank=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identities")
    absorbed_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)
    absorbed_told_into = models.UUIDField(null=True, blank=True, db_index=True)
    absorbed_told_at = models.DateTimeField(null=True, blank=True)
    absorbed_told_by = models.CharField(max_length=120, blank=True, default="")
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.CharField(max_length=120, blank=True, default="")
    stamps = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=16, blank=True, default="")
    own_attribute = models.CharField(max_length=12, blank=True, default="")
    marked = models.CharField(max_length=12, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    former_patients: tuple[UUID, ...] = ()
    """The patients who became this one's, when it was read with all the others of its patient."""

    class Meta:
        db_table = "source_identity"
        constraints = [
            models.UniqueConstraint(fields=["system", "value"], name="source_identity_number")
        ]
        indexes = [
            models.Index(fields=["value"], name="source_identity_value"),
            models.Index(fields=["ins"], condition=~Q(ins=""), name="source_identity_ins"),
        ]

    def __str__(self) -> str:
        return f"{self.system}|{self.value}"

    @property
    def standing(self) -> str:
        """The attribute that it has of itself, whatever the others are."""
        return self.marked or self.own_attribute


class IdentityVersion(TraitColumns):
    """The traits that a source gave at one moment; written once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identity = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="versions")
    patient_id = models.UUIDField()
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=200)

    class Meta:
        db_table = "identity_version"
        constraints = [
            models.UniqueConstraint(fields=["identity", "version"], name="identity_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.identity_id} v{self.version}"


class IdentityLink(models.Model):
    """That an identity is (or was, once `until` is set) that of a patient, by a rule or by hand."""

    class Rule(models.TextChoices):
        NEW = "new", "première venue"
        INS = "ins", "INS qualifiée et traits stricts concordants"
        LOCAL_MERGE = "local_merge", "fusion faite par l’établissement"
        PARTED = "parted", "traits devenus discordants"
        SCORE = "score", "ressemblance au-dessus du seuil"
        HAND = "hand", "décision de la cellule d’identité"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    identity = models.ForeignKey(SourceIdentity, on_delete=models.PROTECT, related_name="links")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=12, choices=Rule.choices)
    evidence = models.JSONField(default=dict, blank=True)
    by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_link"
        constraints = [
            models.UniqueConstraint(
                fields=["identity"], condition=Q(until=None), name="identity_link_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.identity_id} → {self.patient_id}"


class RegionalIdentity(TraitColumns):
    """The best traits of a regional patient, and the keys that find them.

    `ins` is set only for a qualified identity that nothing makes doubtful, so it is unique.
    `replaced_by` names the patient who took every identity of this one.
    """

    patient = models.OneToOneField(
        Patient, on_delete=models.PROTECT, primary_key=True, related_name="regional_identity"
    )
    source_id = models.UUIDField(null=True)
    name_key = models.CharField(max_length=120, db_collation="C")
    used_key = models.CharField(max_length=120, blank=True, db_collation="C")
    given_key = models.CharField(max_length=120, blank=True, db_collation="C")
    replaced_by = models.ForeignKey(
        Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "regional_identity"
        constraints = [
            models.UniqueConstraint(
                fields=["ins"], condition=~Q(ins=""), name="regional_identity_ins"
            )
        ]
        indexes = [
            models.Index(
                fields=["name_key", "given_key", "patient"], name="regional_identity_name"
            ),
            models.Index(
                fields=["used_key", "given_key"],
                condition=~Q(used_key=""),
                name="regional_identity_used",
            ),
            models.Index(fields=["birth_date", "name_key"], name="regional_identity_birth"),
        ]

    def __str__(self) -> str:
        return str(self.patient_id)


class ExactSearchQuota(models.Model):
    """How many exact searches a user made in the current minute."""

    user_id = models.UUIDField(primary_key=True)
    minute = models.DateTimeField()
    used = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "identity_exact_quota"

    def __str__(self) -> str:
        return f"{self.user_id}: {self.used}"
