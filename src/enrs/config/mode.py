"""How this installation runs: demonstration, tests or production."""

import os
from collections.abc import Mapping

MODES = ("demo", "test", "production")


def running_mode(environment: Mapping[str, str] | None = None) -> str:
    """`ENRS_MODE`; unsaid, production as soon as `DATABASE_URL` names a server, else a demonstration.

    Raises ValueError on another word: a mistyped mode must not open the doors of a demonstration.
    """
    given = os.environ if environment is None else environment
    mode = given.get("ENRS_MODE") or ("production" if given.get("DATABASE_URL") else "demo")
    if mode not in MODES:
        message = f"ENRS_MODE={mode} : écrivez {', '.join(MODES)}."
        raise ValueError(message)
    return mode
