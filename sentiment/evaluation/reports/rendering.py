"""Fill the templates."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.errors import MissingExtraError
from sentiment.evaluation.reports.wording import both
from sentiment.writing import check_result_path

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")


def check_report_path(path: Path) -> None:
    """Refuse before the work what could not be written after it; an existing report is replaced.

    Raises:
        MissingExtraError: jinja2 is not installed.
        OutputError: the file is not HTML, or cannot be written.
    """
    _environment()
    check_result_path(path, ".html", ".htm")


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return the page of a template; it formats values, and computes none.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> "Environment":
    try:
        import jinja2
        from markupsafe import Markup, escape
    except ModuleNotFoundError as error:
        raise MissingExtraError("jinja2", "eval") from error

    def say(key: str, **values: Any) -> Markup:
        """Return a text in both languages, one of which the page shows."""
        texts = (escape(text.format(**values)) for text in both(key))
        return Markup("").join(
            Markup('<span class="{0}" lang="{0}">{1}</span>').format(language, text)
            for language, text in zip(("en", "ko"), texts, strict=True)
        )

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["say"] = say
    environment.filters["percent"] = lambda share, digits=2: f"{100 * share:.{digits}f} %"
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["number"] = lambda number: f"{number:.4f}"
    environment.filters["megabytes"] = lambda size_bytes: f"{size_bytes / 1e6:.1f}"
    environment.filters["whole"] = lambda number: f"{number:,.0f}"
    return environment
