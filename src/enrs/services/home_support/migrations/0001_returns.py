"""Returns home, the lines of their week, what is asked of agencies, and what happened at home."""

import django.db.models.deletion
from django.db import migrations, models

import enrs.core.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("subjects", "0001_patients"),
        ("workflow", "0003_columns_of_boards"),
    ]

    operations = [
        migrations.CreateModel(
            name="HomeReturn",
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
                ("identity_id", models.UUIDField(blank=True, db_index=True, null=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", models.CharField(blank=True, max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                ("leaving_at", models.DateTimeField()),
                ("place_id", models.UUIDField(blank=True, null=True)),
                ("place_name", models.CharField(blank=True, max_length=300)),
                ("unit", models.CharField(blank=True, max_length=120)),
                ("address", models.CharField(max_length=300)),
                ("postal_code", models.CharField(blank=True, max_length=10)),
                ("city", models.CharField(max_length=100)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("contact_name", models.CharField(blank=True, max_length=200)),
                ("contact_link", models.CharField(blank=True, max_length=60)),
                ("contact_phone", models.CharField(blank=True, max_length=40)),
                ("access_notes", models.TextField(blank=True)),
                ("needs", models.JSONField(blank=True, default=list)),
                ("answer_id", models.UUIDField(blank=True, null=True)),
                ("opened_at", models.DateTimeField()),
                ("home_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_code", models.CharField(blank=True, max_length=30)),
                ("ended_note", models.TextField(blank=True)),
                ("warned_for", models.DateTimeField(blank=True, null=True)),
                ("is_twin", models.BooleanField(default=False)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subjects.patient",
                    ),
                ),
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workflow.task",
                    ),
                ),
            ],
            options={
                "db_table": "home_return",
            },
        ),
        migrations.CreateModel(
            name="Ask",
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
                ("agency_id", models.UUIDField()),
                ("agency_name", models.CharField(max_length=300)),
                ("agency_phone", models.CharField(blank=True, max_length=40)),
                ("from_on", models.DateField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField()),
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workflow.task",
                    ),
                ),
                (
                    "home_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asks",
                        to="home_support.homereturn",
                    ),
                ),
            ],
            options={
                "db_table": "home_ask",
            },
        ),
        migrations.CreateModel(
            name="Visit",
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
                            ("getting_up", "Aide au lever"),
                            ("washing", "Toilette et habillage"),
                            ("meal", "Repas"),
                            ("meal_delivery", "Portage de repas"),
                            ("medicines", "Prise des médicaments"),
                            ("nursing", "Soins infirmiers"),
                            ("walking", "Marche et transferts"),
                            ("shopping", "Courses"),
                            ("housework", "Ménage et linge"),
                            ("bedtime", "Aide au coucher"),
                            ("night", "Garde de nuit"),
                            ("company", "Présence"),
                            ("equipment", "Matériel à installer"),
                            ("alarm", "Téléassistance à installer"),
                            ("other", "Autre aide"),
                        ],
                        max_length=20,
                    ),
                ),
                ("what", models.CharField(blank=True, max_length=300)),
                (
                    "provider",
                    models.CharField(
                        choices=[
                            ("saad", "Aide à domicile (SAAD)"),
                            ("ssiad", "Soins à domicile (SSIAD, SPASAD)"),
                            ("nurse", "Infirmier libéral"),
                            ("meals", "Portage de repas"),
                            ("alarm", "Téléassistance"),
                            ("equipment", "Prestataire de matériel"),
                            ("family", "Proche"),
                            ("other", "Autre"),
                        ],
                        default="saad",
                        max_length=20,
                    ),
                ),
                ("starts", models.TimeField()),
                ("minutes", models.PositiveSmallIntegerField()),
                ("once_on", models.DateField(blank=True, null=True)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("removed_by", models.CharField(blank=True, max_length=200)),
                (
                    "home_return",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="home_support.homereturn",
                    ),
                ),
            ],
            options={
                "db_table": "home_visit",
            },
        ),
        migrations.CreateModel(
            name="Slot",
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
                ("weekday", models.PositiveSmallIntegerField()),
                ("from_on", models.DateField(blank=True, null=True)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("taken_by", models.CharField(blank=True, max_length=200)),
                ("retained_at", models.DateTimeField(blank=True, null=True)),
                ("retained_by", models.CharField(blank=True, max_length=200)),
                (
                    "ask",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="home_support.ask",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="home_support.visit",
                    ),
                ),
            ],
            options={
                "db_table": "home_slot",
            },
        ),
        migrations.CreateModel(
            name="HomeReport",
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
                            ("started", "Intervention commencée"),
                            ("missed", "N’est pas venu"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField()),
                ("note", models.TextField(blank=True)),
                ("agency_name", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("author_id", models.UUIDField(blank=True, null=True)),
                ("author_name", models.CharField(max_length=200)),
                ("author_label", models.CharField(blank=True, max_length=200)),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="home_support.visit",
                    ),
                ),
                (
                    "ask",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="home_support.ask",
                    ),
                ),
            ],
            options={
                "db_table": "home_report",
            },
        ),
        migrations.CreateModel(
            name="AskedVisit",
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
                    "ask",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked",
                        to="home_support.ask",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked",
                        to="home_support.visit",
                    ),
                ),
            ],
            options={
                "db_table": "home_asked_visit",
            },
        ),
        migrations.AddField(
            model_name="ask",
            name="visits",
            field=models.ManyToManyField(
                related_name="asks", through="home_support.AskedVisit", to="home_support.visit"
            ),
        ),
        migrations.AddIndex(
            model_name="homereturn",
            index=models.Index(
                fields=["patient", "-opened_at", "-id"], name="home_return_timeline"
            ),
        ),
        migrations.AddIndex(
            model_name="homereturn",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("home_at", None), ("withdrawn_at", None)),
                fields=["leaving_at"],
                name="home_return_leaving",
            ),
        ),
        migrations.AddConstraint(
            model_name="homereturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("is_twin", False), ("withdrawn_at", None)),
                fields=("patient",),
                name="home_return_one_open",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["home_return"], name="home_visit_return"),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(fields=["ask"], name="home_slot_ask"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(fields=("visit", "weekday"), name="home_slot_day"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__lte", 6)), name="home_slot_weekday"
            ),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("ask", None), ("from_on", None), ("retained_at", None), ("taken_at", None)
                    ),
                    models.Q(
                        ("ask__isnull", False),
                        ("from_on__isnull", False),
                        ("taken_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="home_slot_held_or_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="homereport",
            constraint=models.UniqueConstraint(
                fields=("visit", "day", "kind", "author_id"), name="home_report_once"
            ),
        ),
        migrations.AddIndex(
            model_name="askedvisit",
            index=models.Index(fields=["visit"], name="home_asked_visit_visit"),
        ),
        migrations.AddConstraint(
            model_name="askedvisit",
            constraint=models.UniqueConstraint(fields=("ask", "visit"), name="home_asked_once"),
        ),
        migrations.AddIndex(
            model_name="ask",
            index=models.Index(fields=["home_return"], name="home_ask_return"),
        ),
    ]
