"""The pages of vaccination."""
