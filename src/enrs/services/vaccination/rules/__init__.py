"""Pure decisions of vaccination."""
