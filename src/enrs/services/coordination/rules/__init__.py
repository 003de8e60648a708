"""Pure decisions of coordination: the dependency group, imports, alerts, delays."""
