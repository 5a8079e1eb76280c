"""The modules that decide and account, each with the narrowest tests that know it."""

from __future__ import annotations

FLOWS = ("tests/flows",)
STREAMS = ("tests/engine/test_updates.py", "tests/client/test_stopping.py")
CLIENT = ("tests/client/test_reading.py", "tests/client/test_any_answer.py", "tests/client/test_errors.py")
ROWS = ("tests/rows",)
WRITES = (
    "tests/client/test_rows.py",
    "tests/client/test_options.py",
    "tests/client/test_scalars.py",
    "tests/client/test_times.py",
    "tests/client/test_outside.py",
    "tests/client/test_records.py",
)
APPOINTMENTS = ("tests/client/test_appointments.py", "tests/client/test_appointment_rules.py")
HTTP = ("tests/client/test_http.py", "tests/wire")
SIGN_IN = ("tests/auth",)
SHARED = ("tests/shared",)

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
    "outcomes.py": (*FLOWS, "tests/client/test_outcomes.py", "tests/client/test_truth.py"),
    "rules.py": (*FLOWS, "tests/client/test_errors.py"),
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
    "files/ids.py": ("tests/files", "tests/cli/test_odd_files.py"),
    "wire/addresses.py": HTTP,
    "wire/async_network.py": HTTP,
    "wire/bodies.py": HTTP,
    "wire/calls.py": HTTP,
    "wire/certificates.py": HTTP,
    "wire/credentials.py": HTTP,
    "wire/forks.py": (*HTTP, "tests/auth/test_forks.py"),
    "wire/http.py": HTTP,
    "wire/messages.py": HTTP,
    "wire/network.py": HTTP,
    "wire/routes.py": HTTP,
    "wire/transports.py": HTTP,
    "wire/trouble.py": HTTP,
    "auth/application.py": SIGN_IN,
    "auth/files.py": SIGN_IN,
    "auth/grants.py": SIGN_IN,
    "auth/keeper.py": SIGN_IN,
    "auth/keyrings.py": SIGN_IN,
    "auth/oauth.py": SIGN_IN,
    "auth/places.py": SIGN_IN,
    "auth/profiles.py": SIGN_IN,
    "auth/saved.py": SIGN_IN,
    "auth/scopes.py": SIGN_IN,
    "auth/stores.py": SIGN_IN,
    "auth/tokens.py": SIGN_IN,
    "auth/turns.py": SIGN_IN,
    "shared/budget.py": SHARED,
    "shared/keeper.py": SHARED,
    "shared/leaves.py": SHARED,
    "shared/tokens.py": SHARED,
}
