"""Sentences of vaccination: refusals, verdicts, codes of boxes."""

REASONS = {
    "closed": "La campagne n’est pas ouverte aujourd’hui.",
    "age_unknown": "La date de naissance n’est pas connue : complétez l’identité.",
    "age": "L’âge de la personne n’est pas celui de la campagne.",
    "target": "La campagne est réservée aux personnes pour qui le vaccin est recommandé.",
    "done": "Toutes les doses de la campagne ont été faites.",
    "unsure": "Une dose notée sans son jour est peut-être de cette campagne : complétez sa date dans la synthèse, "
    "ou demandez à un médecin.",
    "interval": "Une autre dose est trop proche : le délai entre deux doses n’est pas respecté.",
    "stop": "Une réponse au questionnaire s’oppose à la vaccination aujourd’hui.",
    "doubt": "Une réponse au questionnaire demande l’avis et la prescription d’un médecin.",
}
REFUSALS = REASONS | {
    "answer": "Les questions n’ont pas été posées ce jour par un professionnel qui vaccine : posez-les.",
    "exception": "Aucune règle de nombre ou de délai ne s’y oppose : prescrivez sans exception.",
    "ground": "Dites à quel titre la personne est vaccinée.",
    "prescription": "Il faut une prescription : la vôtre si la campagne le permet, ou celle d’un autre prescripteur.",
    "used": "Cette prescription a déjà servi, ou a été annulée.",
    "vaccine": "Ce vaccin n’est pas de cette campagne.",
    "vaccine_age": "Ce vaccin n’est pas pour une personne de cet âge : choisissez-en un autre.",
    "deceased": "La personne était décédée ce jour-là : vérifiez le dossier et la date.",
    "prescribed_late": "L’ordonnance ne peut dater d’après la dose.",
    "box": "La boîte lue n’est pas celle du vaccin choisi.",
    "future": "La date est dans l’avenir.",
    "born": "La date précède la naissance.",
    "lot": "Le lot a vingt caractères au plus, sans espace, comme sur la boîte.",
    "expired": "La boîte était périmée ce jour-là : ne la comptez pas comme donnée, signalez-la.",
    "site": "Choisissez où l’injection a été faite.",
    "route": "Choisissez la voie.",
    "rank": "Le rang de la dose va de 1 à 20.",
    "serial": "Le numéro de série a vingt caractères au plus, sans espace : relisez la boîte.",
    "code": "Un code n’a pas la forme attendue : vérifiez le code ATC et celui de la maladie.",
    "long": "Le texte est trop long.",
    "reason": "Dites pourquoi, en quelques mots.",
    "withdrawn": "Cet acte a été retiré.",
    "standing": "Cet acte n’est pas retiré.",
    "event_date": "L’effet ne peut précéder l’acte, ni être dans l’avenir.",
    "description": "Décrivez ce qui s’est passé.",
    "doctor": "Aucun médecin traitant n’est dans le cercle de la personne : remettez-lui l’attestation.",
    "own_doctor": "Vous êtes le médecin traitant.",
    "told": "Cet acte a déjà été transmis.",
    "informed": "La personne doit être informée de ce dossier, et ne pas s’y opposer.",
    "name": "Donnez un nom.",
    "dates": "La fin précède le début.",
    "ages": "L’âge le plus grand est inférieur au plus petit.",
    "vaccines": "Choisissez au moins un vaccin.",
    "vaccinators": "Choisissez au moins une profession qui vaccine.",
    "roles": "Une profession choisie ne peut ni prescrire ni vacciner.",
    "questions": "Écrivez d’une à douze questions, chacune avec ses mots et son effet.",
    "not_ours": "Ce questionnaire vient d’un fichier : changez-le dans Formulaires.",
    "form": "Ce questionnaire n’est pas publié.",
    "doses": "Le nombre de doses va de 1 à 10, le délai de 0 à 3 650 jours.",
    "gtin": "Un numéro de boîte n’est pas un CIP13 ou un GTIN : vérifiez sa clé.",
    "gtin_taken": "Un de ces numéros de boîte est déjà celui d’un autre vaccin.",
}
FATES = {
    "counted": "compte dans la campagne",
    "spaced": "compte pour le délai",
    "unsure": "son jour manque : compte pour le délai, un médecin dit si elle est de la campagne",
    "same": "la même qu’une dose déclarée ici",
    "undated": "sans date, ne compte pas",
}
"""What becomes of a dose that is noted in the record, by `rules.past`."""
BOXES = {
    "kind": "Ce n’est pas le code d’une boîte de vaccin.",
    "identifier": "Ce code contient une information qui n’est pas lue ici : saisissez à la main.",
    "twice": "Ce code dit deux fois la même chose : relisez la boîte.",
    "length": "Le lecteur a perdu un séparateur, on ne sait où finit le lot : relisez, ou saisissez à la main.",
    "missing": "Le code ne porte pas le numéro du produit : saisissez à la main.",
    "key": "La clé du numéro de produit est fausse : relisez la boîte.",
    "date": "La date de péremption du code n’existe pas : saisissez à la main.",
}
STALE = "Quelqu’un a modifié cette page entre-temps : relisez-la, puis recommencez."


RULES = {"done": "nombre de doses", "unsure": "dose sans son jour", "interval": "délai"}


def rules_of(lifted: list[str]) -> str:
    """The rules that a doctor set aside, in words."""
    return ", ".join(RULES[one] for one in lifted if one in RULES)


def of(reason: str) -> str:
    """The sentence of a refusal."""
    return REFUSALS.get(reason, "Cet acte n’est pas possible.")
