from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "enrs.core.accounts"
    label = "accounts"

    def ready(self) -> None:
        from allauth.idp.oidc.internal.oauthlib import server
        from allauth.usersessions import signals as usersessions

        from enrs.core.accounts import jobs, offer, signals  # noqa: F401  they declare themselves
        from enrs.core.accounts.provider.validation import Validator
        from enrs.core.jobs.registry import beside, every

        # The library names its validator in its module: there is no setting for it. Nor is there one for
        # its look at every session of somebody who signs in, three questions each: the cleaning does it.
        server.OAuthLibRequestValidator = Validator  # type: ignore[misc]
        usersessions.on_user_logged_in = signals.keep_session  # type: ignore[assignment]
        every("accounts.logouts", minutes=0.03, run=beside("logouts", jobs.run_logouts))
