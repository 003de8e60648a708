"""Signing in, the place where one works, third-party applications."""

from enrs.core.accounts.views.sign_in import SignIn, position

__all__ = ["SignIn", "position"]
