"""What a notebook calls: check parameters, record results, show tables and figures, say where they come from."""

from compactvid.notebook.display import definitions, figure, table
from compactvid.notebook.ending import ledger_rows, provenance
from compactvid.notebook.session import parameters, record, record_frame

__all__ = ["definitions", "figure", "ledger_rows", "parameters", "provenance", "record", "record_frame", "table"]
