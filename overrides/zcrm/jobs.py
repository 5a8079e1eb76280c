"""Jobs: a mass update of a custom view that Zoho carries out by itself, asked about and waited for."""

from __future__ import annotations

from .mass_update.jobs import AsyncJob, Job, JobStatus

__all__ = ["AsyncJob", "Job", "JobStatus"]
