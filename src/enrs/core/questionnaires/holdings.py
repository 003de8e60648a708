"""Answers to forms go with the record, with their former versions."""

from enrs.core.subjects.holdings import care, hold, name_files

hold("form_answer", "Formulaires")
hold("form_answer_version", "Formulaires : anciennes versions")
name_files(form_answer="items", form_answer_version="items")
care(
    "form_answer", "formulaire", "case when not is_trial then greatest(saved_at, completed_at) end"
)
