"""How an installation runs: what is not said never means the open doors of a demonstration."""

import pytest
from typer.testing import CliRunner

from enrs.config.cli import app, parts
from enrs.config.mode import running_mode


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "demo"),
        ({"DATABASE_URL": "postgresql://db.example/enrs"}, "production"),
        ({"DATABASE_URL": "postgresql://db.example/enrs", "ENRS_MODE": "demo"}, "demo"),
        ({"ENRS_MODE": "production"}, "production"),
        ({"ENRS_MODE": "test"}, "test"),
    ],
)
def test_a_named_database_is_production_unless_said_otherwise(environment, mode):
    assert running_mode(environment) == mode


def test_a_mistyped_mode_starts_nothing():
    with pytest.raises(ValueError, match="prod"):
        running_mode({"ENRS_MODE": "prod"})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])  # noqa: S104
def test_a_demonstration_serves_this_machine_alone(host, monkeypatch):
    monkeypatch.setenv("ENRS_MODE", "demo")
    monkeypatch.setattr(parts, "start_database", lambda: pytest.fail("it started"))
    told = CliRunner().invoke(app, ["serve", "--host", host])
    assert told.exit_code == 1
    assert "production" in told.output
