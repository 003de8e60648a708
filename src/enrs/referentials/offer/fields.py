"""Column types of PostgreSQL that Django does not know: ranges of minutes of the week, ranges of days."""

from typing import Any

from django.db import models


class Int4MultirangeField(models.Field):
    """Sets of whole numbers; written and read by SQL alone."""

    def db_type(self, connection: Any) -> str:
        return "int4multirange"


class TimestampMultirangeField(models.Field):
    """Sets of moments of the wall clock; written and read by SQL alone."""

    def db_type(self, connection: Any) -> str:
        return "tsmultirange"


class DateMultirangeField(models.Field):
    """Sets of days; written and read by SQL alone."""

    def db_type(self, connection: Any) -> str:
        return "datemultirange"
