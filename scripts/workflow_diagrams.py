"""Write docs/workflows/: the state diagram of every declared workflow, drawn from its table."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "workflows"


def pages() -> dict[str, str]:
    """Every page by its file name; the program must be set up."""
    from enrs.core.workflow.diagrams import index, page  # noqa: PLC0415
    from enrs.core.workflow.registry import workflows  # noqa: PLC0415

    tables = workflows()
    return {"README.md": index(tables)} | {f"{one.name}.md": page(one) for one in tables}


def main() -> None:
    """Write the pages that changed, and remove those of workflows that are no more."""
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrs.config.settings")
    os.environ.setdefault("ENRS_MODE", "test")
    import django  # noqa: PLC0415

    django.setup()
    wanted = pages()
    FOLDER.mkdir(exist_ok=True)
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()


if __name__ == "__main__":
    main()
