"""What codes of SIRENE say: activities of health and social care (NAF rév. 2), the usual legal categories.

Source: INSEE, NAF rév. 2 (2008) and « catégories juridiques » (September 2022). A code that is not here stands alone.
"""

from typing import Final

NAF: Final = {
    "47.73Z": "Pharmacie",
    "86.10Z": "Activités hospitalières",
    "86.21Z": "Médecins généralistes",
    "86.22A": "Radiodiagnostic et radiothérapie",
    "86.22B": "Activités chirurgicales",
    "86.22C": "Autres médecins spécialistes",
    "86.23Z": "Pratique dentaire",
    "86.90A": "Ambulances",
    "86.90B": "Laboratoires d’analyses médicales",
    "86.90C": "Centres de collecte et banques d’organes",
    "86.90D": "Infirmiers et sages-femmes",
    "86.90E": "Rééducation, appareillage et pédicures-podologues",
    "86.90F": "Activités de santé humaine non classées ailleurs",
    "87.10A": "Hébergement médicalisé pour personnes âgées",
    "87.10B": "Hébergement médicalisé pour enfants handicapés",
    "87.10C": "Hébergement médicalisé pour adultes handicapés",
    "87.20A": "Hébergement social pour handicapés mentaux et malades mentaux",
    "87.20B": "Hébergement social pour toxicomanes",
    "87.30A": "Hébergement social pour personnes âgées",
    "87.30B": "Hébergement social pour handicapés physiques",
    "87.90A": "Hébergement social pour enfants en difficulté",
    "87.90B": "Hébergement social pour adultes et familles en difficulté",
    "88.10A": "Aide à domicile",
    "88.10B": "Accueil sans hébergement d’adultes handicapés ou de personnes âgées",
    "88.10C": "Aide par le travail",
    "88.91A": "Accueil de jeunes enfants",
    "88.91B": "Accueil sans hébergement d’enfants handicapés",
    "88.99A": "Autre accueil sans hébergement d’enfants et d’adolescents",
    "88.99B": "Action sociale sans hébergement non classée ailleurs",
}
LEGAL_CATEGORIES: Final = {
    "1000": "Entrepreneur individuel",
    "5485": "Société d’exercice libéral à responsabilité limitée",
    "5499": "Société à responsabilité limitée",
    "5599": "Société anonyme à conseil d’administration",
    "5710": "Société par actions simplifiée",
    "5785": "Société d’exercice libéral par actions simplifiée",
    "7361": "Centre communal d’action sociale",
    "7364": "Établissement d’hospitalisation",
    "7366": "Établissement public local social et médico-social",
    "9220": "Association déclarée",
    "9230": "Association déclarée, reconnue d’utilité publique",
    "9300": "Fondation",
}


def naf_words(code: str) -> str:
    """« 86.10Z, Activités hospitalières »; the code alone when nobody said more."""
    return ", ".join(part for part in (code, NAF.get(code, "")) if part)


def legal_words(code: str) -> str:
    """« 9220, Association déclarée »; the code alone when nobody said more."""
    return ", ".join(part for part in (code, LEGAL_CATEGORIES.get(code, "")) if part)
