"""Answers to forms go with the record, with their former versions."""

from enrs.core.subjects.holdings import hold

hold("form_answer", "Formulaires")
hold("form_answer_version", "Formulaires : anciennes versions")
