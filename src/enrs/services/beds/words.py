"""What the pages say when an act is refused, and of the age of figures."""

REFUSALS = {
    "number": "Un nombre va de 0 à 9 999 : vérifiez la saisie.",
    "sum": "Il y aurait plus de lits libres, occupés, réservés et fermés que de lits installés et"
    " supplémentaires : corrigez l’un d’eux, ou ajoutez des lits supplémentaires.",
    "status": "Ce chiffre se calcule et ne se saisit pas.",
    "empty": "Aucun chiffre n’a encore été donné : entrez d’abord les lits libres.",
    "undo": "Cette saisie ne peut plus être annulée : entrez le bon chiffre.",
    "closed": "Cette unité n’est plus suivie.",
    "kind": "Ce type n’existe pas : choisissez-en un dans la liste.",
    "known": "C’est déjà ouvert.",
    "code": "Une autre unité du site porte déjà ce code.",
    "text": "Le texte contient un signe qui ne peut pas être gardé.",
    "taken": "Ce lit vient d’être donné : choisissez-en un autre.",
    "minutes": "La durée va de 1 minute à 24 heures.",
    "ended": "C’est déjà réglé, ou le délai est passé : relisez la demande.",
    "reason": "Dites pourquoi en quelques mots.",
    "undated": "Sans date de relevé, un chiffre n’est pas pris : ajoutez la colonne releve_le.",
    "date": "Date illisible : AAAA-MM-JJTHH:MM ou JJ/MM/AAAA HH:MM.",
    "zone": "La date n’a pas de fuseau.",
    "future": "La date du relevé est dans l’avenir : vérifiez l’horloge du logiciel.",
    "operational": "« Opérationnel » (07) se calcule et n’est pas repris : videz la colonne.",
    "nothing": "Aucun chiffre sur cette ligne.",
    "unit": "Aucune unité ne porte ce FINESS et ce code : entrez le code dans les réglages de l’unité.",
    "site": "Cette unité est d’un autre site.",
    "headings": "Il manque une colonne : finess, code et releve_le sont obligatoires.",
    "long": "Le fichier est trop long (5 000 lignes, 2 Mo) : coupez-le.",
    "twice": "Ce fichier a déjà été lu.",
}
SORRY = "Cela n’a pas pu être fait : rechargez la page."
STALE = "Quelqu’un a mis à jour entre-temps : relisez, puis recommencez si besoin."
STATUSES = {
    "installed": "installés",
    "available": "libres",
    "occupied": "occupés",
    "reserved": "réservés",
    "closed": "fermés",
    "additional": "supplémentaires",
}
STATES = {
    "fresh": ("sûr", "à jour", ""),
    "old": ("attention", "ancien", "hourglass-split"),
    "silent": ("alerte", "sans nouvelles", "bell-slash"),
    "never": ("neutre", "jamais renseigné", ""),
}


def refusal(reason: str) -> str:
    """The sentence of a refusal."""
    return REFUSALS.get(reason, SORRY)
