"""The identity unit's desk: sources and their teams, acts, questions, proposals, quarantine, quality."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_ins_questions_and_campaigns"),
    ]

    operations = [
        migrations.CreateModel(
            name="IdentityContact",
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
                ("name", models.CharField(max_length=200)),
                ("duty", models.CharField(blank=True, max_length=200)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("email", models.CharField(blank=True, max_length=200)),
                ("user_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("added_at", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "identity_contact",
            },
        ),
        migrations.CreateModel(
            name="IdentityProposal",
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
                ("outcome", models.CharField(max_length=12)),
                ("reason", models.TextField()),
                ("proposed_by_id", models.UUIDField()),
                ("proposed_by", models.CharField(max_length=200)),
                ("proposed_at", models.DateTimeField()),
                ("settled_by_id", models.UUIDField(blank=True, null=True)),
                ("settled_by", models.CharField(blank=True, max_length=200)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("is_confirmed", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "identity_proposal",
            },
        ),
        migrations.CreateModel(
            name="IdentityQuarantine",
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
                ("item_id", models.UUIDField(blank=True, null=True)),
                ("traits", models.JSONField()),
                ("former", models.JSONField(default=dict)),
                ("fields", models.JSONField(default=list)),
                ("told_at", models.DateTimeField()),
                ("sender", models.CharField(blank=True, max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "En attente"),
                            ("applied", "Même personne, traits corrigés"),
                            ("refused", "Autre personne, traits refusés"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("kept_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("settled_by", models.CharField(blank=True, max_length=200)),
                ("reason", models.TextField(blank=True)),
            ],
            options={
                "db_table": "identity_quarantine",
            },
        ),
        migrations.CreateModel(
            name="IdentityQuestion",
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
                ("system", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("asked_by_id", models.UUIDField(blank=True, null=True)),
                ("asked_by", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("remind_at", models.DateTimeField()),
                ("reminded_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("same", "C’est la même personne"),
                            ("different", "Ce sont deux personnes"),
                            ("corrected", "Corrigé chez nous, un message suivra"),
                            ("unknown", "Nous ne savons pas"),
                        ],
                        max_length=10,
                    ),
                ),
                ("answer_text", models.TextField(blank=True)),
                ("answered_by", models.CharField(blank=True, max_length=200)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "identity_question",
            },
        ),
        migrations.CreateModel(
            name="IdentitySource",
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
                ("system", models.CharField(max_length=120, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("organisation_id", models.UUIDField(blank=True, null=True)),
            ],
            options={
                "db_table": "identity_source",
            },
        ),
        migrations.CreateModel(
            name="ItemAct",
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
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("taken", "a pris la ligne"),
                            ("given_back", "a rendu la ligne"),
                            ("given", "a confié la ligne"),
                            ("noted", "a noté"),
                            ("asked", "a demandé à la source"),
                            ("answered", "a répondu"),
                            ("proposed", "a proposé"),
                            ("refused", "a refusé la proposition"),
                            ("decided", "a décidé"),
                            ("undone", "a défait la décision"),
                        ],
                        max_length=12,
                    ),
                ),
                ("by_id", models.UUIDField(blank=True, null=True)),
                ("by", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("text", models.TextField(blank=True)),
            ],
            options={
                "db_table": "identity_item_act",
            },
        ),
        migrations.CreateModel(
            name="MendLine",
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
                ("system", models.CharField(max_length=120)),
                ("first_value", models.CharField(max_length=80)),
                ("second_value", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sure", "Même personne : à fusionner"),
                            ("doubt", "Peut-être la même : à vérifier"),
                            ("mended", "Fusionnés chez vous"),
                            ("dropped", "Deux personnes : rien à faire"),
                        ],
                        max_length=8,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "identity_mend_line",
            },
        ),
        migrations.CreateModel(
            name="SourceDay",
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
                ("system", models.CharField(max_length=120)),
                ("day", models.DateField()),
                ("identities", models.PositiveIntegerField(default=0)),
                ("qualified", models.PositiveIntegerField(default=0)),
                ("validated", models.PositiveIntegerField(default=0)),
                ("retrieved", models.PositiveIntegerField(default=0)),
                ("doubtful", models.PositiveIntegerField(default=0)),
                ("duplicates", models.PositiveIntegerField(default=0)),
                ("missing", models.JSONField(default=dict)),
                ("ins_refused", models.PositiveIntegerField(default=0)),
                ("items_open", models.PositiveIntegerField(default=0)),
                ("oldest_days", models.PositiveIntegerField(default=0)),
                ("heard", models.PositiveIntegerField(default=0)),
                ("delay_minutes", models.FloatField(blank=True, null=True)),
            ],
            options={
                "db_table": "identity_source_day",
            },
        ),
        migrations.AddField(
            model_name="workitem",
            name="assignee_id",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="workitem",
            name="systems",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), blank=True, null=True, size=None
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
                    ("overlay", "Écrasement possible d’une identité"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="workitem",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("linked", "Rattachées"),
                    ("kept_apart", "Laissées séparées"),
                    ("namesake", "Homonymes"),
                    ("by_rule", "Levé par une mise à jour"),
                    ("corrected", "Même personne, traits corrigés"),
                    ("refused", "Autre personne, traits refusés"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("assignee_id__isnull", False), ("closed_at", None)),
                fields=["assignee_id", "severity", "opened_at", "id"],
                name="identity_work_item_mine",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=models.Index(
                condition=models.Q(("assignee_id", None), ("closed_at", None)),
                fields=["severity", "opened_at", "id"],
                name="identity_work_item_free",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("closed_at", None)),
                fields=["systems"],
                name="identity_work_item_from",
            ),
        ),
        migrations.AddIndex(
            model_name="workitem",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["identity_ids"], name="identity_work_item_who"
            ),
        ),
        migrations.AddField(
            model_name="identityproposal",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="identity.workitem",
            ),
        ),
        migrations.AddField(
            model_name="identityquarantine",
            name="identity",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="quarantined",
                to="identity.sourceidentity",
            ),
        ),
        migrations.AddField(
            model_name="identityquestion",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="questions",
                to="identity.workitem",
            ),
        ),
        migrations.AddField(
            model_name="identitycontact",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="identity.identitysource",
            ),
        ),
        migrations.AddField(
            model_name="itemact",
            name="item",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="acts",
                to="identity.workitem",
            ),
        ),
        migrations.AddField(
            model_name="mendline",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.sourceidentity",
            ),
        ),
        migrations.AddField(
            model_name="mendline",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="identity.sourceidentity",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceday",
            constraint=models.UniqueConstraint(
                fields=("system", "day"), name="identity_source_day_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="identityproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at", None)),
                fields=("item",),
                name="identity_proposal_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_by_id", None),
                    models.Q(("settled_by_id", models.F("proposed_by_id")), _negated=True),
                    _connector="OR",
                ),
                name="identity_proposal_four_eyes",
            ),
        ),
        migrations.AddIndex(
            model_name="identityquarantine",
            index=models.Index(fields=["item_id"], name="identity_quarantine_item"),
        ),
        migrations.AddConstraint(
            model_name="identityquarantine",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")),
                fields=("identity",),
                name="identity_quarantine_open",
            ),
        ),
        migrations.AddIndex(
            model_name="identityquestion",
            index=models.Index(
                condition=models.Q(("answered_at", None)),
                fields=["system", "asked_at", "id"],
                name="identity_question_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="identityquestion",
            index=models.Index(
                condition=models.Q(("answered_at", None)),
                fields=["remind_at"],
                name="identity_question_remind",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityquestion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered_at", None)),
                fields=("item", "system"),
                name="identity_question_open",
            ),
        ),
        migrations.AddIndex(
            model_name="itemact",
            index=models.Index(fields=["item", "at"], name="identity_item_act_item"),
        ),
        migrations.AddIndex(
            model_name="itemact",
            index=models.Index(
                condition=models.Q(("kind__in", ("decided", "undone"))),
                fields=["-at", "-id"],
                name="identity_item_act_decided",
            ),
        ),
        migrations.AddIndex(
            model_name="mendline",
            index=models.Index(
                fields=["system", "state", "found_at", "id"], name="identity_mend_line_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="mendline",
            constraint=models.UniqueConstraint(
                fields=("first", "second"), name="identity_mend_line_once"
            ),
        ),
        migrations.RunSQL(
            "update identity_work_item w set systems = (select array_agg(distinct s.system order by s.system)"
            " from source_identity s where s.id = any (w.identity_ids))",
            migrations.RunSQL.noop,
        ),
    ]
