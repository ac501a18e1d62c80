"""The devices that people sign in with, in words."""

SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"))
LATER = (("Chrome", "Chrome"), ("Safari", "Safari"))
"""Nearly every browser names these two as well, so they count last."""


def words(user_agent: str) -> str:
    """'Safari on iPhone', as far as the browser says so; 'A browser' of one that says nothing that we know."""
    browser = _first(BROWSERS + LATER, user_agent)
    system = _first(SYSTEMS, user_agent)
    return f"{browser or 'A browser'} on {system}" if system else browser or "A browser"


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for sign, name in names if sign in user_agent), "")
