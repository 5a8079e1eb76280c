"""A client that was used, or is in use, when its process forks: the child goes on with one of its own."""

import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")

FORKING = """
import asyncio, threading, time, traceback, warnings
from zcrm import AccessToken, AsyncZohoCRM, OAuth, ZohoCRM
from zcrm.auth.stores import FileStore, MemoryStore
from zcrm.errors import UsageError
from zcrm.retry import NO_RETRY

warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)


def in_child(work):
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def join(*children):
    for child in children:
        assert os.waitpid(child, 0)[1] == 0


def update(crm, count=1):
    for record_id in given["ids"][:count]:
        assert crm.records.update_one("Deals", record_id, {"Stage": "Won"}).ok


def stream(crm):
    rows = [{"id": record_id, "Stage": "Won"} for record_id in given["ids"]]
    summary = crm.records.update_all("Deals", rows)
    assert summary.states["updated"] == len(given["ids"]), summary
"""


@pytest.fixture
def given(sim, settings, deals):
    return {"settings": settings, "ids": deals(300), "url": sim.url, "token": sim.access_token}


def test_a_client_used_before_the_fork_works_in_parent_and_children(sim, run_python, given, token_calls):
    run_python(
        FORKING
        + """
with ZohoCRM(auth=OAuth(**given["settings"]), api_domain=given["url"]) as crm:
    update(crm, 3)
    stream(crm)
    children = [in_child(lambda: (update(crm, 20), stream(crm))) for _ in range(4)]
    update(crm, 20)
    stream(crm)
    join(*children)
    update(crm)
""",
        **given,
    )
    assert token_calls() == 1
    assert {entry.status for entry in sim.ledger.requests} == {200}
    assert sim.ledger.applied.total() == 3 + 300 + 4 * 320 + 320 + 1


def test_a_fork_while_calls_and_a_refresh_are_in_flight(sim, run_python, given):
    sim.fault("slow", route="update_record", seconds=1, times=range(1, 21))
    sim.fault("slow", route="create_token", seconds=1, times=[1])
    run_python(
        FORKING
        + """
with ZohoCRM(auth=OAuth(**given["settings"]), api_domain=given["url"], concurrency=3) as crm:
    other = ZohoCRM(auth=AccessToken(given["token"]), api_domain=given["url"], concurrency=crm.gate)
    for pause in (0.5, 1.5):
        threads = [threading.Thread(target=update, args=[crm]) for _ in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(pause)
        begun = time.monotonic()
        join(in_child(lambda: (stream(crm), stream(other), crm.gate is other.gate or os._exit(1))))
        assert any(thread.is_alive() for thread in threads)
        for thread in threads:
            thread.join()
    stream(crm)
    other.close()
""",
        **given,
    )


def test_a_fork_while_another_thread_holds_the_lock_of_the_file(
    sim, run_python, given, tmp_path, token_calls
):
    sim.fault("slow", route="create_token", seconds=1, times=[1])
    run_python(
        FORKING
        + """
auth = OAuth(**given["settings"], store=FileStore(given["folder"], lock_timeout=10))
with ZohoCRM(auth=auth, api_domain=given["url"]) as crm:
    thread = threading.Thread(target=update, args=[crm])
    thread.start()
    time.sleep(0.5)
    child = in_child(lambda: update(crm))
    thread.join()
    join(child)
""",
        folder=str(tmp_path / "tokens"),
        **given,
    )
    assert token_calls() == 1


def test_a_callable_being_asked_when_the_process_forks(run_python, given):
    run_python(
        FORKING
        + """
def source():
    time.sleep(0.5)
    return given["token"]

with ZohoCRM(auth=AccessToken(source), api_domain=given["url"]) as crm:
    thread = threading.Thread(target=update, args=[crm])
    thread.start()
    time.sleep(0.2)
    join(in_child(lambda: update(crm)))
    thread.join()
""",
        **given,
    )


def test_an_async_client_made_before_the_fork(run_python, given):
    run_python(
        FORKING
        + """
crm = AsyncZohoCRM(auth=OAuth(**given["settings"]), api_domain=given["url"])

async def main():
    rows = [{"id": record_id, "Stage": "Won"} for record_id in given["ids"]]
    summary = await crm.records.update_all("Deals", rows)
    assert summary.states["updated"] == len(rows)
    await crm.close()

join(in_child(lambda: asyncio.run(main())), in_child(lambda: asyncio.run(main())))
asyncio.run(main())
""",
        **given,
    )


def test_a_client_closed_before_the_fork_stays_closed(run_python, given):
    run_python(
        FORKING
        + """
crm = ZohoCRM(auth=AccessToken(given["token"]), api_domain=given["url"])
update(crm)
crm.close()

def refused():
    try:
        update(crm)
    except UsageError:
        return
    raise AssertionError

join(in_child(refused))
""",
        **given,
    )


def test_worker_processes_of_the_standard_library(run_python, given, token_calls):
    run_python(
        FORKING
        + """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

crm = ZohoCRM(auth=OAuth(**given["settings"]), api_domain=given["url"])

def work(number):
    update(crm, 3)
    return os.getpid()

update(crm)
with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("fork")) as pool:
    assert os.getpid() not in set(pool.map(work, range(12)))
crm.close()
""",
        **given,
    )
    assert token_calls() == 1
