"""What invented people ask, say and plan."""

NEEDS = (
    "Deux chutes en un mois, au troisième étage sans ascenseur, personne la nuit. Souhaite rester à domicile.",
    "Sortie d’hospitalisation prévue, conjoint épuisé, aides à mettre en place avant le retour.",
    "Troubles de la mémoire, oublis de traitement, la fille ne peut plus passer chaque jour.",
    "Perte de poids, réfrigérateur vide, ne répond plus au téléphone. Isolement depuis le veuvage.",
    "Six intervenants sans lien entre eux, doublons de passages, la personne ne sait plus qui appeler.",
    "Diabète déséquilibré, soins refusés par moments, logement encombré.",
    "Ressources insuffisantes, droits non ouverts, factures impayées.",
    "L’aidante principale est hospitalisée : relais à trouver dès cette semaine.",
)
TITLES = (
    "Maintien à domicile difficile", "Sortie d’hospitalisation à préparer", "Troubles de la mémoire",
    "Isolement et dénutrition", "Intervenants à coordonner", "Rupture de soins", "Accès aux droits",
    "Épuisement de l’aidante",
)  # fmt: skip
"""In the order of `NEEDS`."""

CALLERS = (
    "Sa fille, Mme Garnier", "Mairie de la commune, service social", "Infirmière libérale du secteur",
    "Le voisin, M. Petitjean", "Service d’aide à domicile",
)  # fmt: skip
CONTACTS = {
    "call": (
        ("La personne", "Va mieux, dort bien. Rappeler après la visite du médecin."),
        ("La fille", "S’inquiète des nuits. Évoquer la téléassistance."),
        ("Infirmière", "Pilulier en place, passages matin et soir."),
        ("Médecin traitant", "D’accord pour la consultation mémoire."),
    ),
    "visit": (
        ("La personne et sa fille", "Visite du logement : tapis retirés, barre d’appui à poser."),
        ("La personne", "Accueil chaleureux. Souhaite reprendre le marché du jeudi."),
    ),
    "meeting": (("Médecin, infirmière, aide à domicile", "Répartition des passages décidée."),),
    "mail": (("Conseil départemental", "Dossier d’APA envoyé."),),
    "desk": (("", "Mise à jour du plan."),),
}
SYNTHESES = (
    "Fragilité après deux chutes ; autonomie réduite pour la toilette et les déplacements dehors. "
    "Entourage présent mais fatigué. Pas de trouble cognitif repéré.",
    "Troubles de la mémoire débutants, traitement mal suivi, isolement. Logement adapté.",
    "Plusieurs maladies chroniques, nombreux intervenants, risque de dénutrition.",
)
WISHES = (
    "« Je veux rester chez moi et revoir mes amies du club. »",
    "« Ne plus déranger ma fille pour les courses. »",
    "« Dormir tranquille, et qu’on me dise qui vient. »",
)
PROBLEMS = (
    ("Chutes à domicile", "Aucune chute en trois mois", "Marcher dehors sans appréhension"),
    ("Médicaments mal pris", "Piluliers vides en fin de semaine", "Prendre tous ses traitements"),
    ("Isolement", "Une activité choisie reprise", "Voir quelqu’un trois fois par semaine"),
    ("Dénutrition", "Poids repris à la pesée mensuelle", "Reprendre deux kilos en deux mois"),
    (
        "Épuisement de l’aidante",
        "Un jour de répit tenu chaque semaine",
        "Laisser à sa fille un jour libre",
    ),
)
"""Problem, how one will know, goal."""
ACTIONS = (
    ("prevention", "Séances d’équilibre et aménagement du logement", "Masseur-kinésithérapeute"),
    ("prevention", "Préparer le pilulier chaque lundi", "Infirmière libérale"),
    ("social", "Inscrire au transport accompagné", "Centre communal d’action sociale"),
    ("compensation", "Portage de repas cinq jours sur sept", "Service d’aide à domicile"),
    ("compensation", "Accueil de jour le jeudi", "Accueil de jour des Tilleuls"),
)
WHYS = (
    "Hospitalisée deux fois pendant la période.",
    "La personne ne le souhaite plus : elle préfère recevoir chez elle.",
    "Aucune place disponible dans le secteur.",
)
LATER_ACTIONS = (
    ("social", "Demander l’allocation personnalisée d’autonomie", "Service social du département"),
    ("prevention", "Bilan auditif", "Médecin traitant"),
    ("care", "Consultation mémoire", "Hôpital de jour gériatrique"),
)
ANSWERS = (
    ("Médecin traitant", "agreed", ""),
    ("Service d’aide à domicile", "reserved", "D’accord, mais pas avant 9 h le matin."),
    ("Infirmière libérale", "agreed", "Je préviens l’équipe du week-end."),
    (
        "Accueil de jour des Tilleuls",
        "refused",
        "Aucune place avant deux mois : voir l’accueil voisin.",
    ),
)
"""Who answers to a plan besides the person, and what."""
MESSAGES = (
    "Bonjour à tous, première visite faite ce matin. Bonne rencontre, la famille est d’accord pour le plan.",
    "Je passe désormais à 8 h 30. Merci de laisser la boîte à clés accessible.",
    "Rendez-vous pris au centre de jour jeudi. La fille accompagne.",
    "Bonne nuit, petit déjeuner pris. Le kinésithérapeute passe désormais le mardi et le vendredi.",
)
ASKED = "Téléphone de la fille ?"
ORIENTED = "Service prévenu, il rappelle la famille."
REFUSED = "Hors de notre territoire : demande transmise au DAC voisin."
CANCELLED = "Demande en double."
INCLUDED = "Merci de votre demande : visite prévue cette semaine."
