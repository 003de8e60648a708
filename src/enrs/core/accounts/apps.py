from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "enrs.core.accounts"
    label = "accounts"

    def ready(self) -> None:
        from enrs.core.accounts import signals  # noqa: F401
