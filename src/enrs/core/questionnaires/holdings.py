"""Answers to forms go with the record, with their former versions."""

from enrs.core.subjects.holdings import care, hold, name_files
from enrs.core.subjects.published import publishes_besides

hold("form_answer", "Formulaires")
hold("form_answer_version", "Formulaires : anciennes versions")
name_files(form_answer="items", form_answer_version="items")
care(
    "form_answer", "formulaire", "case when not is_trial then greatest(saved_at, completed_at) end"
)
# The observations drawn from an answer, those too that an amendment no longer draws.
publishes_besides(
    "form_answer",
    """
    select r.id from form_answer a join fhir_resource r on r.patient_id = a.patient_id
    where a.id = any(%s::uuid[]) and r.type = 'Observation' and r.is_current
      and strpos(r.body::text, '"QuestionnaireResponse/' || a.id || '"') > 0
    """,
)
