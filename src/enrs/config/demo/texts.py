"""Sentences of the demo's documents and notes, as carers write them."""

from random import Random
from typing import Final

REASONS: Final[dict[str, tuple[str, ...]]] = {
    "healthy": ("Certificat d'aptitude au sport", "Douleur lombaire aiguë", "Angine", "Vaccination",
                "Entorse de la cheville droite", "Renouvellement de contraception"),
    "child": ("Suivi de croissance", "Otite moyenne aiguë", "Bronchiolite", "Vaccination",
              "Gastro-entérite", "Fièvre depuis 48 heures"),
    "diabetes": ("Suivi trimestriel de diabète de type 2", "Déséquilibre glycémique",
                 "Bilan annuel des complications du diabète", "Plaie du pied gauche"),
    "heart": ("Dyspnée d'effort croissante", "Décompensation cardiaque", "Suivi d'hypertension",
              "Fibrillation atriale : adaptation de l'anticoagulant"),
    "kidney": ("Suivi de maladie rénale chronique", "Préparation à la dialyse", "Hyperkaliémie"),
    "thyroid": ("Adaptation de la lévothyroxine", "Asthénie", "Suivi d'hypothyroïdie"),
    "cancer": ("Cure de chimiothérapie", "Bilan d'extension", "Fièvre sous chimiothérapie",
               "Consultation d'annonce"),
    "frail": ("Chute à domicile", "Perte d'autonomie récente", "Confusion aiguë",
              "Évaluation gériatrique", "Dénutrition"),
}  # fmt: skip
CONCLUSIONS: Final[dict[str, tuple[str, ...]]] = {
    "healthy": ("Examen clinique sans particularité.", "Évolution favorable sous traitement."),
    "child": ("Croissance régulière sur ses courbes.", "Retour à domicile, consignes remises."),
    "diabetes": (
        "Équilibre glycémique insuffisant : metformine portée à 2 g par jour.",
        "HbA1c en baisse, traitement inchangé. Fond d'œil à prévoir avant la fin de l'année.",
        "Pas de trouble trophique. Éducation thérapeutique reprise avec l'infirmière.",
    ),
    "heart": (
        "Bonne réponse aux diurétiques, poids de sortie 71 kg. Régime sans sel expliqué.",
        "Fraction d'éjection à 42 %, bêtabloquant augmenté progressivement.",
    ),
    "kidney": (
        "Fonction rénale en lente dégradation. Éviter les anti-inflammatoires.",
        "Potassium corrigé. Contrôle du ionogramme dans huit jours au laboratoire de ville.",
    ),
    "thyroid": ("TSH à contrôler dans six semaines.", "Traitement bien supporté, dose inchangée."),
    "cancer": (
        "Cure bien tolérée, prochaine cure dans trois semaines si la numération le permet.",
        "Aplasie fébrile d'évolution favorable sous antibiotiques.",
    ),
    "frail": (
        "Retour à domicile avec passage infirmier quotidien et portage des repas.",
        "Pas de fracture. Bilan de chute à poursuivre, kinésithérapie deux fois par semaine.",
        "Marche avec une canne, aide humaine pour la toilette. Dossier APA à déposer.",
    ),
}
TREATMENTS: Final[dict[str, str]] = {
    "healthy": "Paracétamol 1 g, au besoin, sans dépasser 3 g par jour.",
    "child": "Paracétamol suspension buvable, une dose-poids toutes les 6 heures si fièvre.",
    "diabetes": "Metformine 1 g matin et soir. Dapagliflozine 10 mg le matin. Ramipril 5 mg.",
    "heart": "Furosémide 40 mg le matin. Bisoprolol 2,5 mg. Apixaban 5 mg matin et soir.",
    "kidney": "Ramipril 5 mg. Bicarbonate de sodium 1 g trois fois par jour. Époétine.",
    "thyroid": "Lévothyroxine 75 µg le matin à jeun.",
    "cancer": "Ondansétron 8 mg avant la cure. Paracétamol 1 g si douleur, pas de fièvre masquée.",
    "frail": "Paracétamol 1 g trois fois par jour. Vitamine D. Compléments nutritionnels oraux.",
}
IMAGING: Final = (
    (
        "Radiographie du thorax de face",
        "Pas de foyer parenchymateux. Silhouette cardiaque normale.",
    ),
    ("Échographie abdominale", "Foie de taille normale, homogène. Pas de dilatation des voies."),
    ("Scanner cérébral sans injection", "Pas de saignement ni d'effet de masse. Atrophie modérée."),
    (
        "Radiographie de la hanche droite",
        "Pas de trait de fracture visible. Coxarthrose débutante.",
    ),
    ("IRM du genou gauche", "Lésion méniscale interne de grade 2, ligaments continus."),
    ("Échographie-Doppler veineux", "Pas de thrombose profonde. Réseau superficiel compressible."),
)
NOTES: Final = (
    "Passage ce matin : pansement refait, plaie propre, pas d'écoulement. Prochain passage jeudi.",
    "Tension 14/8 au domicile, bien observante. La fille passe le week-end, elle a les numéros.",
    "Dit mal dormir depuis la sortie de l'hôpital. À revoir avec le médecin traitant.",
    "Pilulier préparé pour la semaine. Une boîte d'anticoagulant manquait, pharmacie prévenue.",
    "Appel de la famille : repas peu touchés depuis lundi. Pesée demandée au prochain passage.",
    "Rendez-vous de contrôle pris le mois prochain, bon de transport remis.",
    "Glycémies du carnet entre 1,10 et 1,60 g/L. Une hypoglycémie à 0,62 après le jardinage.",
    "Aide à domicile en place deux heures par jour. Demande d'heures de plus en cours.",
    "Plus de douleur au repos, marche jusqu'à la boulangerie. On espace les séances.",
    "Vu avec la pharmacie : interaction possible avec le millepertuis, arrêt conseillé.",
)
TAGS: Final = {
    "plaie": "plaie", "Tension": "tension", "sortie": "sortie", "Pilulier": "observance",
    "repas": "nutrition", "Rendez-vous": "rendez-vous", "Glycémies": "glycémie",
    "Aide à domicile": "aides", "douleur": "douleur", "interaction": "interaction",
}  # fmt: skip
"""Tags of a note, by a word that it holds."""


def tags_of(text: str) -> list[str]:
    """The tags that the writer of a note would give it."""
    return [tag for word, tag in TAGS.items() if word in text]


HOSPITAL_UNITS: Final = (
    "Médecine interne", "Cardiologie", "Gériatrie aiguë", "Urgences", "Chirurgie orthopédique",
    "Néphrologie", "Diabétologie", "Oncologie", "Pédiatrie", "Pneumologie",
)  # fmt: skip
DOCUMENT_TYPES: Final[dict[str, str]] = {
    "34112-3": "CR d'hospitalisation",
    "11490-0": "Lettre de liaison à la sortie",
    "18748-4": "CR d'imagerie médicale",
    "57833-6": "Prescription de produits de santé",
    "11488-4": "CR de consultation",
}


def pick(rng: Random, choices: tuple[str, ...]) -> str:
    """Return one of the sentences."""
    return choices[int(rng.random() * len(choices))]
