"""Tables over HTTP: received into a folder of their own, predicted like those of the command, and summarised."""

from sentiment.serving.tables.desk import TableDesk
from sentiment.serving.tables.receiving import TableRequest, receive
from sentiment.serving.tables.records import FINISHED, TableFolder

__all__ = ["FINISHED", "TableDesk", "TableFolder", "TableRequest", "receive"]
