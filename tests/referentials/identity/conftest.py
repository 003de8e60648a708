"""In these tests a likeness links, as in service; `by_ins_only` takes that back."""

from dataclasses import replace

import pytest


@pytest.fixture(autouse=True)
def by_likeness(settings):
    settings.REGION = replace(settings.REGION, links_by_score=True)
