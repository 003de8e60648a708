"""The small workflow is declared for these tests alone."""

from collections.abc import Iterator

import pytest

from enrs.core.workflow.registry import forget, register, register_board
from tests.core.workflow.given import BOARD, NAME, WORKFLOW


@pytest.fixture(autouse=True)
def small_workflow() -> Iterator[None]:
    register(WORKFLOW)
    register_board(BOARD)
    yield
    forget(NAME)
