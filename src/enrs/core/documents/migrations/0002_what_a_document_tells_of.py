from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_blobs_and_documents")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="about_id",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("about_id__isnull", False)),
                fields=["about_id"],
                name="document_about",
            ),
        ),
    ]
