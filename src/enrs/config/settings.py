"""Django's settings, from the environment, `region.toml` and the installation's secrets.

`ENRS_MODE` is `demo` (loopback, password-only sign-in), `test` or `production` (see `mode`). `ENRS_ROLE` says as
which database role the process works: `app` (pages and FHIR), `feed` (gateway, worker) or `owner`.
"""

import os
from pathlib import Path

from enrs.config import secrets
from enrs.config.database import database_settings
from enrs.config.demo.accounts import PASSWORD
from enrs.config.federation import providers
from enrs.config.mode import running_mode
from enrs.config.region import region
from enrs.config.state import data_folder
from enrs.core.access.permissions import ACCOUNT, PUBLIC
from enrs.core.ui.sizes import USUAL_BYTES

ROOT = Path(__file__).resolve().parents[3]
MODE = running_mode()
ROLE = os.environ.get("ENRS_ROLE", "app")
DEBUG = False
SECRETS = secrets.load()
SECRET_KEY = SECRETS.django_secret_key
DATA_DIR = data_folder()
REGION = region()

ALLOWED_HOSTS = os.environ.get("ENRS_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
PUBLIC_URL = os.environ.get("ENRS_URL", "http://localhost:8000")
LIVE_URL = os.environ.get("ENRS_LIVE_URL", "http://localhost:8001")
STAND_IN_URL = os.environ.get("ENRS_STAND_IN_URL", "")
NATIONAL_RECORD_STAND_IN = f"{STAND_IN_URL}/dmp/fhir" if STAND_IN_URL else ""
"""Where a demonstration's own national record (DMP) answers: `config.demo.stand_in.national_record`."""
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "enrs.core.ui",
    "enrs.core.accounts",
    "enrs.core.subjects",
    "enrs.core.audit",
    "enrs.core.events",
    "enrs.core.documents",
    "enrs.core.fhir",
    "enrs.core.live",
    "enrs.core.notifications",
    "enrs.core.jobs",
    "enrs.core.terminology",
    "enrs.core.questionnaires",
    "enrs.core.workflow",
    "enrs.core.agenda",
    "enrs.core.threads",
    "enrs.core.rosters",
    "enrs.core.plans",
    "enrs.referentials.geography",
    "enrs.referentials.directory",
    "enrs.referentials.identity",
    "enrs.referentials.circles",
    "enrs.referentials.offer",
    "enrs.services.record",
    "enrs.services.coordination",
    "enrs.services.social_assessment",
    "enrs.services.portal",
    "enrs.services.beds",
    "enrs.services.home_monitoring",
    "enrs.services.rights",
    "enrs.services.vaccination",
    "enrs.services.health_plan",
    "enrs.services.home_support",
    "enrs.interop.gateway",
    "enrs.config.operations",
    "enrs.core.access",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "django_htmx",
]

MIDDLEWARE = [
    "enrs.config.operations.middleware.OperationsMiddleware",
    "enrs.core.fhir.fastpath.FhirMiddleware",
    "enrs.core.ui.bodies.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "enrs.core.ui.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "enrs.services.portal.middleware.PostLockMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "enrs.core.access.middleware.ActorMiddleware",
    "enrs.core.access.middleware.GateMiddleware",
    "enrs.core.accounts.onward.OnwardMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "enrs.core.ui.middleware.NulMiddleware",
]
"""The last two read the body: they come after the gate, which turns strangers away unread."""

ROOT_URLCONF = "enrs.config.urls"
WSGI_APPLICATION = "enrs.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "enrs.core.ui.templatetags.ui",
                "enrs.core.ui.templatetags.persons",
                "django.templatetags.static",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "enrs.core.ui.context.frame",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "enrs.config.jinja.environment"},
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database_settings(ROLE)}
DATABASE_ROLE = ""
"""Role taken inside each request: empty in service (the connection's own), `enrs_app` in tests."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "enrs.core.shared_cache.SharedCache",
        "LOCATION": "django_cache",
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["enrs.core.accounts.sessions.AuthenticationBackend"]
SESSION_ENGINE = "enrs.core.accounts.sessions"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "enrs.core.accounts.adapters.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip,5/5m/key"}
"""By account, narrowly; by address, widely: a whole hospital sits behind one, and changes shift in ten minutes."""
ALLAUTH_TRUSTED_PROXY_COUNT = (
    int(os.environ.get("ENRS_PROXIES", "1")) if MODE == "production" else 0
)
"""Proxies in front in production: else everybody shares the proxy's address, and its attempts."""
DEMANDS_SECOND_FACTOR = MODE == "production"
MFA_ADAPTER = "enrs.core.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "enrs.core.accounts.passkeys.AddForm",
    "login_webauthn": "enrs.core.accounts.passkeys.LoginForm",
    "authenticate_webauthn": "enrs.core.accounts.passkeys.AuthenticateForm",
    "reauthenticate_webauthn": "enrs.core.accounts.passkeys.ReauthenticateForm",
}
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "enrs.core.accounts.federation.adapter.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": providers(os.environ, REGION.identity_provider, MODE, REGION.franceconnect)
    }
}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
IDP_OIDC_ADAPTER = "enrs.core.accounts.provider.adapter.OidcAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
IDP_OIDC_ID_TOKEN_EXPIRES_IN = 15 * 60
IDP_OIDC_AUTHORIZATION_CODE_EXPIRES_IN = 60
IDP_OIDC_ROTATE_REFRESH_TOKEN = True
IDP_OIDC_INTROSPECTION_ENABLED = True
IDP_OIDC_RATE_LIMITS = {"introspect_ip": None, "introspect_client": None}
"""The library's thirty introspections a minute stop a server that checks each call: see `provider.limits`."""
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = False
"""Asked only when the application does not prove whose session it means to close."""
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = MODE == "production"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if MODE == "production" else None

LANGUAGE_CODE = "fr"
TIME_ZONE = REGION.zone
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = USUAL_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # a form of 1,000 questions, several answers to some
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

LIBRARY_PERMISSIONS = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_reauthenticate": ACCOUNT,
    "account_change_password": ACCOUNT,
    "account_inactive": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "mfa_index": ACCOUNT,
    "mfa_activate_totp": ACCOUNT,
    "mfa_deactivate_totp": ACCOUNT,
    "mfa_generate_recovery_codes": ACCOUNT,
    "mfa_view_recovery_codes": ACCOUNT,
    "mfa_download_recovery_codes": ACCOUNT,
    "mfa_reauthenticate": ACCOUNT,
    "mfa_login_webauthn": PUBLIC,
    "mfa_list_webauthn": ACCOUNT,
    "mfa_add_webauthn": ACCOUNT,
    "mfa_edit_webauthn": ACCOUNT,
    "mfa_remove_webauthn": ACCOUNT,
    "mfa_reauthenticate_webauthn": ACCOUNT,
    "usersessions_list": ACCOUNT,
    "idp:oidc:jwks": PUBLIC,
    "idp:oidc:userinfo": PUBLIC,
}
"""Permissions of the views that come from django-allauth; one that is not here does not open."""

DEMO_PASSWORD = PASSWORD if MODE == "demo" else ""
"""What the sign-in page of a demo fills in."""

MAIL_URL = os.environ.get("ENRS_MAIL_URL", "")
SMS_URL = os.environ.get("ENRS_SMS_URL", "")
"""Where mails and SMS leave; empty, a local stand-in keeps them (in production they wait)."""
SMS_TOKEN = os.environ.get("ENRS_SMS_TOKEN", "")
SMS_SECRET = os.environ.get("ENRS_SMS_SECRET", "")
"""What the gateway of SMS signs its receipts with; empty, none is taken."""
SMS_TAKES_KEYS = os.environ.get("ENRS_SMS_KEYS", "1") == "1"
"""Whether the gateway takes an idempotency key: else an answer that does not come is uncertain."""

DIRECTORY_FOLDER = Path(os.environ.get("ENRS_DIRECTORY_FOLDER", DATA_DIR / "annuaire"))
"""Where a timer puts the national files of the night: the worker loads what it finds there."""

CALENDAR_HOSTS = set(filter(None, os.environ.get("ENRS_CALENDAR_HOSTS", "").lower().split(",")))
"""Calendar servers of the region's own network (`host` or `host:port`), which agendas may follow."""

FRAME_URLS = {
    "search": "identity:search",
    "accesses": "record:my_accesses",
    "journal": "record:accesses",
    "enrol": "portal:number",
    "rescue": "portal:rescue",
    "arrival": "portal:arrival",
    "help": "portal:help",
    "kiosk": "portal:kiosk",
}
"""Addresses in the top bar, or in notices, that belong to other wings than the frame's."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"enrs": {"level": "INFO"}},
}
