"""Appointments, slots and their iCalendar feeds."""
