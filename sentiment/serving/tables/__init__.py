"""Tables over HTTP: received into a folder of their own, predicted like those of the command, and summarised."""

from sentiment.serving.tables.desk import TableDesk
from sentiment.serving.tables.receiving import TableRequest, receive
from sentiment.serving.tables.records import TableFolder

__all__ = ["TableDesk", "TableFolder", "TableRequest", "receive"]
