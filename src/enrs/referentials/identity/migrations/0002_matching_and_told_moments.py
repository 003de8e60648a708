"""Matching: what is compared, the pairs found; the moment and sender of what a source told."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_identities_links_and_work_list"),
    ]

    operations = [
        migrations.CreateModel(
            name="HotKey",
            fields=[
                ("key", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "identity_hot_key",
            },
        ),
        migrations.CreateModel(
            name="IdentityFeature",
            fields=[
                (
                    "identity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="feature",
                        serialize=False,
                        to="identity.sourceidentity",
                    ),
                ),
                ("birth_name", models.CharField(max_length=120)),
                ("used_name", models.CharField(blank=True, max_length=120)),
                ("given", models.CharField(blank=True, max_length=120)),
                ("root", models.CharField(blank=True, max_length=120)),
                ("others", models.CharField(blank=True, max_length=200)),
                ("birth_date", models.CharField(blank=True, max_length=10)),
                ("sex", models.CharField(blank=True, max_length=1)),
                ("birth_place", models.CharField(blank=True, max_length=5)),
                ("home", models.CharField(blank=True, max_length=10)),
                ("phone", models.CharField(blank=True, max_length=12)),
                ("ins", models.CharField(blank=True, max_length=15)),
                ("twin", models.CharField(blank=True, max_length=2)),
                ("is_barred", models.BooleanField(default=False)),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
            ],
            options={
                "db_table": "identity_feature",
            },
        ),
        migrations.CreateModel(
            name="IdentityPair",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=enrs.core.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("weight", models.FloatField(default=0.0)),
                ("levels", models.CharField(blank=True, max_length=12)),
                ("barrier", models.CharField(blank=True, max_length=16)),
                ("model", models.CharField(blank=True, max_length=16)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("same", "Même personne"),
                            ("different", "Personnes différentes"),
                            ("namesake", "Homonymes"),
                        ],
                        max_length=10,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_item", models.UUIDField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                ("history", models.JSONField(blank=True, default=list)),
            ],
            options={
                "db_table": "identity_pair",
            },
        ),
        migrations.RemoveIndex(
            model_name="workitem",
            name="identity_work_item_list",
        ),
        migrations.AddField(
            model_name="identityversion",
            name="collected_by",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.AddField(
            model_name="identityversion",
            name="multiple_birth",
            field=models.CharField(blank=True, default="", max_length=2),
        ),
        migrations.AddField(
            model_name="identityversion",
            name="proof",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.AddField(
            model_name="identityversion",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="regionalidentity",
            name="collected_by",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.AddField(
            model_name="regionalidentity",
            name="multiple_birth",
            field=models.CharField(blank=True, default="", max_length=2),
        ),
        migrations.AddField(
            model_name="regionalidentity",
            name="proof",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="absorbed_told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="absorbed_told_by",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="absorbed_told_into",
            field=models.UUIDField(blank=True, db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="collected_by",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="digest",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="multiple_birth",
            field=models.CharField(blank=True, default="", max_length=2),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="marked",
            field=models.CharField(blank=True, default="", max_length=12),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="own_attribute",
            field=models.CharField(blank=True, default="", max_length=12),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="proof",
            field=models.CharField(blank=True, default="", max_length=8),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="stamps",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="sourceidentity",
            name="told_by",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="workitem",
            name="severity",
            field=models.PositiveSmallIntegerField(default=2),
        ),
        migrations.AddField(
            model_name="workitem",
            name="weight",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="identitylink",
            name="rule",
            field=models.CharField(
                choices=[
                    ("new", "première venue"),
                    ("ins", "INS qualifiée et traits stricts concordants"),
                    ("local_merge", "fusion faite par l’établissement"),
                    ("parted", "traits devenus discordants"),
                    ("score", "ressemblance au-dessus du seuil"),
                    ("hand", "décision de la cellule d’identité"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="workitem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("discordant_traits", "Traits discordants"),
                    ("birth_place_differs", "Lieu de naissance différent"),
                    ("merge_across_patients", "Fusion locale entre deux patients"),
                    ("ins_on_two_patients", "INS portée par deux patients"),
                    ("possible_duplicate", "Doublon possible"),
                    ("ins_refused", "INS refusée au contrôle"),
                    ("declared_link", "Rapprochement déclaré par une source"),
                    ("declared_parting", "Séparation déclarée par une source"),
                    ("overlay", "Numéro réattribué à une autre personne"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["severity", "opened_at", "id"],
                name="identity_work_item_severe",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["kind", "severity", "opened_at", "id"],
                name="identity_work_item_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="identityfeature",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["keys"], name="identity_feature_keys"
            ),
        ),
        migrations.AddField(
            model_name="identitypair",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.sourceidentity",
            ),
        ),
        migrations.AddField(
            model_name="identitypair",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.sourceidentity",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitypair",
            constraint=models.UniqueConstraint(
                fields=("first", "second"), name="identity_pair_both"
            ),
        ),
        migrations.RunSQL(
            "update source_identity set told_at = changed_at, told_by = sender,"
            " own_attribute = case when attribute = 'doubtful' and ins <> '' then '' else attribute end,"
            " absorbed_told_into = absorbed_into_id,"
            " absorbed_told_at = case when absorbed_into_id is not null then changed_at end",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "update identity_work_item set severity = case kind"
            " when 'ins_on_two_patients' then 0 when 'merge_across_patients' then 0"
            " when 'discordant_traits' then 1 when 'birth_place_differs' then 3 else 2 end",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("update identity_version set told_at = at", migrations.RunSQL.noop),
    ]
