"""The codes of the service and their words (pure)."""

KINDS = (
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
)
"""What somebody comes to do; the national grids of needs (GEVA-A, PAERPA) say it in the same words."""

PROVIDERS = (
    ("saad", "Aide à domicile (SAAD)"),
    ("ssiad", "Soins à domicile (SSIAD, SPASAD)"),
    ("nurse", "Infirmier libéral"),
    ("meals", "Portage de repas"),
    ("alarm", "Téléassistance"),
    ("equipment", "Prestataire de matériel"),
    ("family", "Proche"),
    ("other", "Autre"),
)
"""Who is looked for. Services autonomie à domicile (décret 2023-608) keep the two usual words."""

REPORTS = (("started", "Intervention commencée"), ("missed", "N’est pas venu"))

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

REFUSALS = (
    ("full", "Plus de place en ce moment"),
    ("area", "Hors de notre secteur"),
    ("hours", "Pas à ces heures ou ces jours"),
    ("kind", "Nous ne faisons pas cette aide"),
    ("staff", "Équipe absente ou incomplète"),
    ("other", "Autre raison"),
)
"""Why an agency refuses."""

ENDINGS = (
    ("settled", "Les aides sont en place"),
    ("coordination", "La coordination prend la suite"),
    ("not_home", "La personne ne rentre pas chez elle"),
    ("hospital", "Nouvelle hospitalisation"),
    ("refused", "La personne ne veut plus de ces aides"),
    ("deceased", "Décès"),
    ("mistake", "Ouvert par erreur"),
)
"""Why a return ends."""

HOSPITAL_ROLES = ("social_worker", "coordinator", "nurse")
"""Who prepares a return: the social worker of the hospital, a coordinator, the nurse of the ward."""


def days_words(days: tuple[int, ...]) -> str:
    """Days of the week as one says them: « tous les jours », « du lundi au vendredi », « lundi et jeudi »."""
    chosen = tuple(sorted(set(days)))
    if len(chosen) == 7:
        return "tous les jours"
    if len(chosen) > 2 and chosen == tuple(range(chosen[0], chosen[-1] + 1)):
        return f"du {WEEKDAYS[chosen[0]]} au {WEEKDAYS[chosen[-1]]}"
    names = [WEEKDAYS[one] for one in chosen]
    return " et ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def minutes_words(minutes: int) -> str:
    """A duration as one says it: « 30 min », « 1 h », « 1 h 30 »."""
    hours, left = divmod(minutes, 60)
    if not hours:
        return f"{left} min"
    return f"{hours} h {left:02d}" if left else f"{hours} h"
