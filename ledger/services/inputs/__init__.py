"""Reading what comes from outside: term sheet, rent roll, subscriptions, collections.

Bytes become text, text becomes values of :mod:`ledger.domain`, and nothing is half done: the first thing that is not
as expected ends the reading with one error that names file, line, field, what was expected and what was found.
"""

from ledger.services.inputs.case import Case, build_case, load_case
from ledger.services.inputs.text import Document, decode, read

__all__ = ["Case", "Document", "build_case", "decode", "load_case", "read"]
