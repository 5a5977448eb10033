"""Extend filters and list objects over the answers, so that sorting by them keeps rows whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sentiment.tables.xlsx.reading.list_objects import ListObject
from sentiment.tables.xlsx.reading.references import Area, column_letters, parse_area
from sentiment.tables.xlsx.reading.survey import Survey

_TEXT_TYPES = {"s", "str", "inlineStr"}


@dataclass(frozen=True)
class Widening:
    """The ranges of a sheet to extend over new columns.

    Attributes:
        filters: maps each range of a filter or sort to its new one.
        list_objects: with the names of the columns that each gets.
        faults: why others are not extended.
    """

    filters: dict[Area, Area] = field(default_factory=dict)
    list_objects: list[tuple[ListObject, list[str]]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def plan_widening(
    survey: Survey, header: Sequence[str], list_objects: Sequence[ListObject], text_column: int, names: Sequence[str]
) -> Widening:
    """Decide which ranges to extend over new columns: those that are sorted with the texts, and no others.

    Columns between a filter and the new ones are included, to keep rows whole. Two list objects cannot overlap.

    Args:
        survey: of the sheet.
        header: of all its columns.
        list_objects: on the sheet.
        text_column: of the texts, from 1.
        names: of the new columns.
    """
    plan = Widening()
    last_column = len(header) + len(names)
    answers = f"{column_letters(len(header) + 1)}:{column_letters(last_column)}"
    for area in dict.fromkeys(filter(None, map(parse_area, survey.filters))):
        if not area.has_column(text_column) or area.last_column >= last_column:
            continue
        if other := _between(area, last_column, list_objects):
            plan.faults.append(_fault(f"the filter over {area}", answers, f"table {other.name!r} is in between"))
        else:
            plan.filters[area] = area._replace(last_column=last_column)
    for list_object in list_objects:
        area = list_object.area
        if not area.has_column(text_column) or area.last_column >= last_column:
            continue
        added = [*header[area.last_column :], *names]
        if reason := _reason_to_stay(list_object, survey, list_objects, last_column, added):
            plan.faults.append(_fault(f"table {list_object.name!r} over {area}", answers, reason))
        else:
            plan.list_objects.append((list_object, added))
    return plan


def _fault(what: str, answers: str, reason: str) -> str:
    return (
        f"{what} does not include the answers in {answers}, because {reason}; "
        "sort all columns together, or the answers lose their rows"
    )


def _between(area: Area, last_column: int, list_objects: Sequence[ListObject]) -> ListObject | None:
    """Return a list object that is in the way of extending an area to a column."""
    added = area._replace(first_column=area.last_column + 1, last_column=last_column)
    return next((other for other in list_objects if other.area.overlaps(added)), None)


def _reason_to_stay(
    list_object: ListObject,
    survey: Survey,
    list_objects: Sequence[ListObject],
    last_column: int,
    added: Sequence[str],
) -> str | None:
    """Return why a list object cannot get columns of these names, which must be unique texts in its header."""
    area = list_object.area
    if other := _between(area, last_column, list_objects):
        return f"table {other.name!r} is in between"
    if list_object.is_linked:
        return "its columns come from a source outside the sheet"
    if not list_object.has_header or area.first_row != survey.used.first_row:
        return f"its header is not row {survey.used.first_row}"
    between = range(area.last_column + 1, survey.used.last_column + 1)
    has_titles = all(column in survey.header and survey.header[column].type in _TEXT_TYPES for column in between)
    keys = [name.casefold() for name in (*list_object.column_names, *added)]
    if not has_titles or "" in keys or len(set(keys)) < len(keys) or len(keys) != last_column - area.first_column + 1:
        return "not every column up to them has a name of its own"
    return None


def wider(ref: str, filters: Mapping[Area, Area]) -> Area | None:
    """Return the extended range; None if it is not extended."""
    area = parse_area(ref)
    return filters.get(area) if area else None
