"""Jobs over REST: visible, cancelled, tried again, and nobody else's."""

from __future__ import annotations

from tests.app.serving import application, program_with_key

from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.jobs import Hopeless, JobContext, Task, Worker, enqueue, set_schedule


async def fail(context: JobContext, payload: object) -> None:
    """Give up at once."""
    raise Hopeless(f"no file for {payload}")


async def test_parked_jobs_are_seen_with_their_reason_and_tried_again(
    db: Database, database_url: str, clock: FixedClock
) -> None:
    """A program's key sees its program's jobs, not those of others or of the platform."""
    program, key = await program_with_key(db, clock)
    async with db.transaction() as tx:
        own = await enqueue(tx, "test.work", {"n": 1}, now=clock.now(), program_id=program)
        waiting = await enqueue(tx, "test.later", {}, now=clock.now(), program_id=program)
        foreign = await enqueue(tx, "test.work", {}, now=clock.now())
        await set_schedule(
            tx, "report", "test.later", cron="0 6 * * *", zone="UTC", now=clock.now(), program_id=program
        )
    await Worker(db, clock, [Task("test.work", fail)]).drain()
    async with application(database_url, clock) as client:
        client.headers["authorization"] = f"Bearer {key}"
        [parked] = (await client.get("/api/v1/jobs?status=parked")).json()["data"]
        assert (parked["id"], parked["error"]) == (own, "Hopeless: no file for {'n': 1}")
        assert (await client.get(f"/api/v1/jobs/{foreign}")).json()["code"] == "job_unknown"
        assert (await client.post(f"/api/v1/jobs/{foreign}/retry")).status_code == 404
        again = await client.post(f"/api/v1/jobs/{own}/retry")
        assert (again.json()["status"], again.json()["attempts"]) == ("waiting", 0)
        assert (await client.post(f"/api/v1/jobs/{own}/retry")).json()["code"] == "job_not_over"
        assert (await client.post(f"/api/v1/jobs/{waiting}/cancel")).json()["status"] == "cancelled"
        assert (await client.post(f"/api/v1/jobs/{waiting}/cancel")).json()["code"] == "job_not_open"
        [schedule] = (await client.get("/api/v1/schedules")).json()
        assert (schedule["name"], schedule["next_tick"]) == ("report", "2026-03-03T06:00:00Z")
        page = (await client.get("/api/v1/jobs?limit=1")).json()
        assert page["data"][0]["id"] == waiting
        assert page["next_cursor"]
