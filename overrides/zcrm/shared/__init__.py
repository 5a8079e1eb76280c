"""One budget for many processes and hosts: an org's permits, credits and tokens.

`ZohoCRM(concurrency=SqliteGate(path))` on one host; `RedisGate` and `RedisStore` on many (extra `redis`).
"""

from .gate import Shared, SharedGate
from .servers import RedisGate
from .sqlite import SqliteGate
from .tokens import RedisStore

__all__ = ["RedisGate", "RedisStore", "Shared", "SharedGate", "SqliteGate"]
