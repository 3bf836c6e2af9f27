"""The papers' printed numbers, what was reproduced of each, and the verdict.

Transcriptions lie in `data_manifests/papers/` (its README says how to add a table), results in `_build/results/` and
`results/`. Verdicts are computed from the two; `compactvid.papers.verdicts` holds the rules.
"""

from compactvid.papers.entry import Entry
from compactvid.papers.ledger import LedgerRow, ledger, to_frame
from compactvid.papers.paper import Paper, paper, paper_ids
from compactvid.papers.results import ResultFileError
from compactvid.papers.schema import TranscriptionError
from compactvid.papers.table import Table
from compactvid.papers.transcription import entries, table

__all__ = [
    "Entry",
    "LedgerRow",
    "Paper",
    "ResultFileError",
    "Table",
    "TranscriptionError",
    "entries",
    "ledger",
    "paper",
    "paper_ids",
    "table",
    "to_frame",
]
