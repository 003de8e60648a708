"""Answers to forms go with the record, with their former versions."""

from enrs.core.subjects.holdings import hold, name_files

hold("form_answer", "Formulaires")
hold("form_answer_version", "Formulaires : anciennes versions")
name_files(form_answer="items", form_answer_version="items")
