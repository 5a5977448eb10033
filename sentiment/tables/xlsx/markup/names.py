"""The namespaces of spreadsheets, each in two versions: transitional, as Excel writes it, and strict."""

_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_RELATIONSHIP_TYPES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_PACKAGE_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"

ELEMENTS = {
    f"{namespace} {name}": name
    for namespace in _MAIN
    for name in (
        *("workbook", "sheets", "sheet", "sst", "si", "r", "t", "rPh", "worksheet", "dimension", "sheetData"),
        *("row", "c", "v", "f", "is", "mergeCells", "mergeCell", "autoFilter", "sortState"),
        *("definedName", "calcPr", "table", "tableColumns", "tableColumn"),
        *("workbookPr", "styleSheet", "numFmts", "numFmt", "cellXfs", "xf"),
    )
}
"""The local name of each relevant element, by its name in expat."""

RELATIONSHIP = f"{_PACKAGE_RELATIONSHIPS} Relationship"
ID_ATTRIBUTES = tuple(f"{namespace} id" for namespace in _RELATIONSHIP_TYPES)


def relationship_kind(type_: str) -> str | None:
    """Return the last word of a relationship type, such as `worksheet`; None if it is not one of Office's."""
    namespace, _, kind = type_.rpartition("/")
    return kind if namespace in _RELATIONSHIP_TYPES else None
