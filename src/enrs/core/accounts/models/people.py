"""Users and the positions (place, profession, role) in which they work."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from enrs.core.ids import uuid7


class UserManager(BaseUserManager["User"]):
    """Makes users; there is no superuser: administrators have no standing power."""

    def create_user(self, login: str, password: str | None = None, **fields: Any) -> "User":
        """A new user with a hashed password, or an unusable one."""
        user = self.model(login=login.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Logins are kept in lower case."""
        return self.get(login=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in.

    `grantee_id` is what grants are made to: the directory's practitioner for a professional, the
    patient anchor for a patient, the user itself for a relative.
    """

    class Kind(models.TextChoices):
        PROFESSIONAL = "professional", "Professionnel"
        PATIENT = "patient", "Patient"
        RELATIVE = "relative", "Proche ou représentant"
        OPERATOR = "operator", "Exploitation"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    login = models.CharField("identifiant", max_length=150, unique=True)
    email = models.EmailField("adresse électronique", blank=True)
    name = models.CharField("nom", max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    grantee_id = models.UUIDField(default=uuid7, db_index=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"

    objects = UserManager()

    class Meta:
        db_table = "account_user"

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A place in which a professional works, with the profession or role that gives their rights.

    Kept from the directory; a professional with several chooses one at a time.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="positions")
    organisation_id = models.UUIDField(null=True, blank=True, db_index=True)
    organisation_name = models.CharField(max_length=200, blank=True)
    profession_code = models.CharField(max_length=10, blank=True)
    function_code = models.CharField(max_length=20, blank=True)
    label = models.CharField(max_length=200)
    role = models.CharField(max_length=30)
    is_default = models.BooleanField(default=False)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "account_position"
        ordering = ["-is_default", "organisation_name", "id"]

    def __str__(self) -> str:
        return f"{self.label}, {self.organisation_name}"
