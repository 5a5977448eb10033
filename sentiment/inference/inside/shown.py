"""What every result can be shown as."""

from abc import ABC, abstractmethod
from typing import NamedTuple


class Mark(NamedTuple):
    """A word of a text, in colour and with a number.

    Attributes:
        text: As written.
        caption: Its number, as shown.
        strength: -1, fully against the label, to 1, fully for it.
    """

    text: str
    caption: str
    strength: float


class Shown(ABC):
    """A result for one text that can be drawn.

    Attributes:
        text: The text as it was given.
    """

    text: str

    @abstractmethod
    def to_svg(self) -> str:
        """Return a picture as SVG: it loads nothing from elsewhere, and fits a phone and a page."""

    def to_html(self) -> str:
        """Return a page with the text and the picture; it loads nothing from elsewhere."""
        from sentiment.inference.inside.pictures.page import page

        return page(self.text, self._repr_html_())

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from sentiment.inference.inside.pictures.page import fragment

        return fragment(self.text, self.to_svg())
