from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fhir", "0001_published_resources")]

    operations = [
        migrations.AlterField(
            model_name="key",
            name="value",
            field=models.CharField(db_collation="C", max_length=300),
        ),
        migrations.CreateModel(
            name="Misses",
            fields=[
                ("user_id", models.UUIDField(primary_key=True, serialize=False)),
                ("minute", models.DateTimeField()),
                ("misses", models.PositiveIntegerField()),
            ],
            options={"db_table": "fhir_misses"},
        ),
    ]
