"""The modules that decide and account, each with the narrowest tests that know it."""

from __future__ import annotations

STREAMS = ("tests/engine/test_updates.py", "tests/client/test_stopping.py")
ROWS = ("tests/rows",)
WORDS = ("tests/wire/test_words.py",)
WAYS = ("tests/wire/test_proxies.py",)
TRANSPORTS = tuple(f"tests/wire/test_{name}.py" for name in ("transports", "stale", "loops", "calls"))
KEPT = ("tests/auth/test_saved.py",)
SIGN_IN = ("tests/auth/test_sign_in.py",)
SHARED = ("tests/shared/test_gates.py", "tests/shared/test_keeping.py")

TESTS: dict[str, tuple[str, ...]] = {
    "engine/flows/asking.py": (
        "tests/flows/test_asking.py",
        "tests/flows/test_patience.py",
    ),
    "engine/flows/chunks.py": ("tests/flows/test_chunks.py",),
    "engine/flows/credits.py": (
        "tests/flows/test_told.py",
        "tests/package/test_house.py",
    ),
    "engine/flows/effects.py": ("tests/flows/test_told.py",),
    "engine/flows/paging.py": ("tests/flows/test_paging.py",),
    "engine/flows/patience.py": (
        "tests/flows/test_patience.py",
        "tests/flows/test_sending.py",
    ),
    "engine/flows/polling.py": ("tests/flows/test_polling.py",),
    "engine/flows/reading.py": (
        "tests/flows/test_envelopes.py",
        "tests/flows/test_proof.py",
        "tests/flows/test_told.py",
        "tests/flows/test_sending.py",
    ),
    "engine/flows/sending.py": (
        "tests/flows/test_told.py",
        "tests/flows/test_sending.py",
        "tests/flows/test_proof.py",
    ),
    "engine/flows/streaming.py": ("tests/flows/test_streaming.py",),
    "engine/flows/waiting.py": ("tests/flows/test_patience.py",),
    "engine/buffers.py": ("tests/engine/test_buffers.py",),
    "engine/drivers.py": ("tests/engine/test_drivers.py",),
    "engine/engine.py": STREAMS,
    "engine/gate.py": ("tests/engine/test_gate.py",),
    "engine/pace.py": ("tests/engine/test_gate.py",),
    "engine/sources.py": ("tests/engine/test_sources.py",),
    "engine/streams.py": ("tests/engine/test_streams.py",),
    "engine/threads.py": ("tests/engine/test_threads.py",),
    "engine/updates.py": STREAMS,
    "engine/writing.py": ("tests/engine/test_writing.py",),
    "outcomes.py": ("tests/client/test_outcomes.py", "tests/flows/test_sending.py"),
    "rules.py": ("tests/flows/test_rules.py", "tests/flows/test_sending.py"),
    "rows/admission.py": ROWS,
    "rows/appointments.py": ROWS,
    "rows/checks.py": ROWS,
    "rows/encoding.py": ROWS,
    "rows/options.py": ROWS,
    "rows/outside.py": ROWS,
    "rows/scalars.py": ROWS,
    "rows/times.py": ROWS,
    "rows/values.py": ROWS,
    "rows/wanted.py": ROWS,
    "runs/journal.py": ("tests/runs/test_journal.py",),
    "files/ids.py": ("tests/files/test_ids.py", "tests/files/test_cells.py"),
    "wire/addresses.py": WORDS,
    "wire/async_network.py": (*TRANSPORTS, "tests/wire/test_tasks.py"),
    "wire/bodies.py": ("tests/wire/test_bodies.py", "tests/wire/test_depth.py"),
    "wire/calls.py": (*WORDS, "tests/wire/test_calls.py"),
    "wire/certificates.py": WAYS,
    "wire/credentials.py": WORDS,
    "wire/forks.py": WORDS,
    "wire/http.py": ("tests/wire/test_calls.py",),
    "wire/messages.py": WORDS,
    "wire/network.py": (*WORDS, "tests/wire/test_transports.py", "tests/wire/test_stale.py"),
    "wire/routes.py": WAYS,
    "wire/transports.py": TRANSPORTS,
    "wire/trouble.py": WORDS,
    "auth/application.py": KEPT,
    "auth/files.py": ("tests/auth/test_files.py",),
    "auth/grants.py": (*SIGN_IN, "tests/auth/test_grants.py"),
    "auth/keeper.py": (*SIGN_IN, "tests/auth/test_clocks.py", "tests/auth/test_files.py"),
    "auth/keyrings.py": SIGN_IN,
    "auth/oauth.py": (*SIGN_IN, "tests/auth/test_grants.py", "tests/auth/test_files.py"),
    "auth/places.py": (*KEPT, "tests/auth/test_where_tokens_go.py"),
    "auth/profiles.py": (*SIGN_IN, "tests/auth/test_profiles.py"),
    "auth/saved.py": KEPT,
    "auth/scopes.py": (*KEPT, "tests/auth/test_scopes.py"),
    "auth/stores.py": ("tests/auth/test_files.py",),
    "auth/tokens.py": SIGN_IN,
    "auth/turns.py": SIGN_IN,
    "shared/budget.py": ("tests/shared/test_budget.py",),
    "shared/keeper.py": SHARED,
    "shared/leaves.py": ("tests/shared/test_leaves.py",),
    "shared/tokens.py": ("tests/shared/test_tokens.py",),
}
