"""The pages of home monitoring."""
