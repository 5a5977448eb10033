"""The page for people: its files, which a browser asks for one by one."""

from functools import cache
from importlib.resources import files

INDEX = "index.html"
MEDIA_TYPES = {INDEX: "text/html", "page.css": "text/css", "page.js": "text/javascript", "words.js": "text/javascript"}
"""The files of the page, and what they are."""


@cache
def content_of(name: str) -> bytes:
    """Return one of the files."""
    return (files("sentiment.serving.page") / name).read_bytes()
