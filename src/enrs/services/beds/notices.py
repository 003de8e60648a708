"""What is told about beds: figures that have grown old."""

from django.urls import reverse

from enrs.core.notifications.registry import register_kind

register_kind(
    "beds.silent",
    label="Des chiffres de lits à mettre à jour",
    text="Les lits de « {unit} » ({site}) n’ont plus été mis à jour : un geste suffit si rien n’a changé.",
    icon="hourglass-split",
    link=lambda details: reverse("beds:mine"),
    link_label="Mettre à jour les lits",
    channels=("mail",),
    mail_text="Les chiffres d’une unité que vous suivez datent : ouvrez votre espace {region} pour les mettre à jour.",
    audience=("professional", "operator"),
)
