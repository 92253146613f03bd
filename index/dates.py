"""Days of the calendar, as they are written here."""

import datetime


def is_date(text: str) -> bool:
    """Say whether the text is a day of the calendar, as YYYY-MM-DD."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
