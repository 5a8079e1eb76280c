"""The story that `zcrm demo` tells: a file with faults, a run with mishaps, a second run that mends it."""

import csv
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from zcrm import AccessToken, Retry, ZohoCRM
from zcrm.cli.screen import Screen
from zcrm.cli.target import SIMULATOR, start_simulator
from zcrm.cli.update import send
from zcrm.files.tables import BadFile
from zcrm.runs.report import Report
from zcrm.runs.request import Request
from zcrm.runs.run import Run

__all__ = ["tell"]

_MODULE = "Warehouses"
_HEADER = ("id", "Name", "City", "Capacity:int", "Area:decimal", "Open:bool", "Next_Audit:date", "Owner.id")
_CITIES = ("Bergen", "Cork", "Genoa", "Izmir", "Lille", "Porto", "Split", "Turku")
_KINDS = ("Depot", "Cold Store", "Dock", "Yard")
_IDS = [str(5545974000000700001 + number) for number in range(360)]
_OWNER = "5545974000000235011"
_MISTYPED = (40, 160, 280)
_WITHOUT_ID = 200
_LOCKED = 120


def tell(screen: Screen) -> bool:
    """Play it all in a new temporary folder, which stays; returns whether it ended as it should."""
    with start_simulator() as simulator:
        folder = Path(tempfile.mkdtemp(prefix="zcrm-demo-"))
        screen.say(
            f"A simulated Zoho CRM and {len(_IDS)} made-up warehouses to update; the files are in {folder}"
        )

        _step(screen, 1, "A spreadsheet has cut the ids: the file is refused before anything is sent.")
        damaged = _write(folder / "damaged.csv", (["5.545974E+18", *row[1:]] for row in _rows()))
        refused = _refused(damaged, screen)

        simulator.load(_MODULE, ({"id": record_id} for record_id in _IDS))
        simulator.lock(_MODULE, _IDS[_LOCKED])
        simulator.fault("throttle", times=[1], retry_after=0)
        simulator.fault("drop_after", times=[4])
        auth, retry = AccessToken(simulator.access_token), Retry(base=0.1)
        with ZohoCRM(auth=auth, api_domain=simulator.url, retry=retry, concurrency=1) as client:
            _step(
                screen,
                2,
                "The real ids, but three are mistyped, one is missing, one record is locked; "
                "Zoho refuses one call for now, and one answer is lost.",
            )
            first = _run(_write(folder / "warehouses.csv", _rows()), client, screen)

            _step(screen, 3, "The rejected rows, corrected, go straight back in; the record is unlocked.")
            simulator.unlock(_MODULE, _IDS[_LOCKED])
            corrected = _correct(first.files["rejected"], folder / "corrected.csv")
            second = _run(corrected, client, screen)

    screen.say()
    screen.say(f"That was all. The files are in {folder}. What an error means, offline:")
    screen.say("  zcrm explain INVALID_DATA")
    mistakes = len(_MISTYPED) + 2
    return (
        refused
        and first.states["updated"] == len(_IDS) - mistakes
        and second.states["updated"] == second.rows == mistakes
    )


def _step(screen: Screen, number: int, text: str) -> None:
    screen.say()
    screen.say(f"{number}. {text}")


def _rows() -> list[list[str]]:
    return [_row(number) for number in range(len(_IDS))]


def _row(number: int) -> list[str]:
    record_id = _IDS[number]
    if number in _MISTYPED:
        record_id = "6" + record_id[1:]
    if number == _WITHOUT_ID:
        record_id = ""
    city, kind = _CITIES[number % len(_CITIES)], _KINDS[number // 8 % len(_KINDS)]
    audit = "" if number % 3 else f"2027-{number % 12 + 1:02}-15"
    opened = "true" if number % 7 else "false"
    area = f"{number * 12.5:.2f}"
    return [record_id, f"{city} {kind} {number + 1}", city, str(100 + number), area, opened, audit, _OWNER]


def _write(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([_HEADER, *rows])
    return path


def _request(path: Path) -> Request:
    return Request(
        module=_MODULE, file=str(path), triggers=(), runs_dir=path.parent / "zcrm-runs", simulator=True
    )


def _refused(path: Path, screen: Screen) -> bool:
    screen.say(f"$ {_request(path).command(path)}")
    try:
        Run.new(_request(path)).close()
    except BadFile as error:
        screen.error(str(error), error.fix)
        return True
    return False


def _run(path: Path, client: ZohoCRM, screen: Screen) -> Report:
    request = _request(path)
    screen.say(f"$ {request.command(path)}")
    with Run.new(request) as run:
        return send(run, client, screen, place=SIMULATOR)


def _correct(rejected: Path, corrected: Path) -> Path:
    """Put the right ids into a rejected file; all else stays, the columns that zcrm added too."""
    with (
        rejected.open(encoding="utf-8", newline="") as source,
        corrected.open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, rows.fieldnames or ())
        writer.writeheader()
        writer.writerows({**row, "id": _IDS[int(row["_row"]) - 2]} for row in rows)
    return corrected
