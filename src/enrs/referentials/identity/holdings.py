"""Identities go with the record: somebody who comes back opens a new one."""

from enrs.core.subjects.holdings import hold, hold_under

OF_IDENTITY = "identity_id in (select id from source_identity where patient_id = any($1))"
hold("identity_version", "Identités : versions", OF_IDENTITY)
hold("identity_feature", "Identités : traits comparés", OF_IDENTITY)
hold(
    "identity_pair",
    "Identités : ressemblances",
    f"{OF_IDENTITY.replace('identity_id', 'first_id')} or {OF_IDENTITY.replace('identity_id', 'second_id')}",
)
hold("identity_ins_check", "Identités : questions à l’INSi", OF_IDENTITY)
hold("identity_link", "Identités : rattachements", f"patient_id = any($1) or {OF_IDENTITY}")
hold("identity_work_item", "Identités : signalements", "patient_ids && $1")
hold("source_identity", "Identités des établissements")
hold("regional_identity", "Identité régionale", "patient_id = any($1) or replaced_by_id = any($1)")
hold_under(
    "identity_work_item",
    identity_item_act=("item_id", "Identités : suites des signalements"),
    identity_question=("item_id", "Identités : questions aux établissements"),
    identity_proposal=("item_id", "Identités : décisions proposées"),
)
hold("identity_quarantine", "Identités : traits en quarantaine", OF_IDENTITY)
hold(
    "identity_mend_line",
    "Identités : doublons à corriger",
    f"{OF_IDENTITY.replace('identity_id', 'first_id')} or {OF_IDENTITY.replace('identity_id', 'second_id')}",
)
hold(
    "identity_active_line",
    "Identités : lignes de fichiers actifs",
    "exists (select from source_identity s join identity_active_file f on f.system = s.system "
    "where s.value = identity_active_line.value and f.id = identity_active_line.file_id "
    "and s.patient_id = any($1))",
)
hold("identity_emergency", "Identités d’urgence", OF_IDENTITY)
hold(
    "identity_incident",
    "Identités : événements indésirables",
    "patient_id = any($1) or identity_ids && array(select id from source_identity where patient_id = any($1))",
)
hold_under(
    "identity_incident",
    identity_governance_act=("about_id", "Identités : suites des événements indésirables"),
)
