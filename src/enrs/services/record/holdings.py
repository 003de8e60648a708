"""What the record holds, and what readers keep about it."""

from enrs.core.subjects.holdings import care, hold, hold_under, last_day

hold("problem", "Problèmes de santé")
hold("allergy", "Allergies")
hold("treatment", "Traitements")
hold("vaccination", "Vaccinations")
hold("measure", "Mesures")
hold("former_entry", "Synthèse : anciennes versions")
hold("encounter", "Séjours et passages")
hold("report", "Comptes rendus de résultats")
hold("observation", "Résultats")
hold("note", "Notes")
hold_under(
    "note",
    note_text=("note_id", "Notes : anciens textes"),
    note_mark=("note_id", "Notes : marques de lecture"),
)
hold("record_secret", "Actes au secret")
hold_under("record_secret", record_secret_item=("secret_id", "Actes au secret : contenus"))
hold("record_masking", "Documents et résultats masqués")
hold("document_text", "Documents : textes de recherche")
hold("record_publication", "Publications au dossier national (DMP)")
hold("record_prescription", "Ordonnances")
hold_under(
    "record_prescription", record_prescription_line=("prescription_id", "Ordonnances : lignes")
)
hold("intake_line", "Lignes de listes déposées")
hold("record_mark", "Marques de lecture et favoris")
hold("round_entry", "Places dans les listes de patients")
# A visit (A04) seldom has an end in what hospitals send: a stay goes on until it has one, and so do sessions.
care(
    "encounter",
    "séjour ou passage",
    "case when status = 'in-progress' and patient_class in ('I', 'R') then now()"
    " else coalesce(discharged_at, last_event_at) end",
)
care("report", "résultats", "issued_at")
care("note", "note", "case when not is_by_person then written_at end")
care("vaccination", "vaccination", last_day("given_on"))
care("measure", "mesure", "measured_at")
care("record_prescription", "ordonnance", "signed_at")
care("treatment", "traitement", "greatest(noted_at, amended_at)")
