"""Many orgs on Dask: parts of their rows sent by workers, each row accounted for once (extra `dask`).

`update_many(client, jobs, ledger=…, out=…)`; see docs/how-to/dask.md.
"""

from .jobs import Job
from .ledgers import Ledger
from .report import PartReport, Report
from .servers import RedisLedger
from .sqlite import SqliteLedger
from .updating import update_many

__all__ = ["Job", "Ledger", "PartReport", "RedisLedger", "Report", "SqliteLedger", "update_many"]
