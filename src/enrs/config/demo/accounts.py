"""The accounts of the demo region, as `enrs demo` tells them; the people are those of `personas`."""

from typing import Final

PASSWORD: Final = "demo-enrs-2026"  # noqa: S105  A demo's only, told on its terminal.

_WHO: Final = (
    ("moreau", "Médecin traitant en cabinet de ville", "Dr Claire MOREAU-LEFEBVRE"),
    ("kouassi", "Infirmière libérale", "Aya KOUASSI"),
    ("benhamou", "Diabétologue à l'hôpital", "Dr David BENHAMOU"),
    ("letallec", "Infirmier de nuit à l'hôpital", "Yann LE TALLEC"),
    ("ferreira", "Biologiste du laboratoire de ville", "Dr Ana FERREIRA"),
    ("nguyen", "Pharmacien d'officine", "Dr Minh NGUYEN"),
    ("traore", "Assistante sociale du DAC", "Aminata TRAORÉ"),
    ("petit", "Secrétaire au bureau des admissions de l'hôpital", "Sandrine PETIT"),
    ("roux", "Exploitant des échanges de la région", "Julien ROUX"),
    ("vidal", "Cellule régionale d'identitovigilance", "Nadia VIDAL"),
    (
        "castaing",
        "Administratrice régionale, déléguée à la protection des données",
        "Hélène CASTAING",
    ),
    ("lambert", "Coordonnatrice du DAC", "Élise LAMBERT"),
    ("delmas", "Assistante sociale de l'hôpital", "Odile DELMAS"),
    ("perrin", "Responsable d'un service de soins à domicile", "Nathalie PERRIN"),
    ("marchand", "Patiente diabétique suivie depuis dix ans", "Sylvie MARCHAND"),
    (
        "montbel",
        "Patiente au nom très long, suivie en cardiologie",
        "Marie-Bernadette DE LA ROCHEFOUCAULD-MONTBEL",
    ),
    ("aubertin", "Fille qui aide son père de 82 ans", "Catherine GARNIER"),
    ("benslimane", "Père de deux enfants", "Karim BENSLIMANE"),
)
ACCOUNTS: Final[list[dict[str, str]]] = [
    {"login": login, "password": PASSWORD, "role": role, "name": name} for login, role, name in _WHO
]
