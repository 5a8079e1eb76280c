"""The status of a mass update: `GET /{module}/actions/mass_update`."""

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.site.site import Site


def get_mass_update_status(site: Site, request: Request) -> Answer:
    """`GET /{module}/actions/mass_update?job_id=…`."""
    job_id = request.query.get("job_id", "")
    if not job_id:
        raise errors.JOB_ID_MISSING.flat(param_name="job_id")
    if not (job_id.isascii() and job_id.isdigit()):
        raise errors.UNREADABLE.flat()
    job = site.jobs.by_id.get(job_id)
    if job is None or job.module != request.module:
        reading = site.choices.unknown_job
        if reading == "404" or (reading == "by_version" and request.version_number < 8):
            raise errors.JOB_NOT_FOUND.flat()
        raise errors.INVALID_JOB.flat(param_name="job_id")
    job.advance(site.clock.now(), polled=True)
    return Answer(200, {"data": [job.report()]})
