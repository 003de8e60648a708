"""The small workflow of the engine's own tests is declared for these too."""

from tests.core.workflow.conftest import small_workflow

__all__ = ["small_workflow"]
