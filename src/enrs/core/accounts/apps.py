from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "enrs.core.accounts"
    label = "accounts"
