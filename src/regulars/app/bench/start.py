"""Bench `start`: how long `regulars serve` takes to its first answer, and how much memory it has then."""

from __future__ import annotations

from statistics import median

from regulars.app.bench.model import Figures, Options
from regulars.app.bench.served import serving
from regulars.infra.db.migrate import migrate
from regulars.infra.db.scratch import scratch_database

TIMES = 3
GOAL_S = 3


class StartBench:
    """Starts a server on a migrated database a few times; the median counts."""

    def __call__(self, options: Options) -> Figures:
        """Return the seconds to /livez and to /readyz."""
        live: list[float] = []
        ready: list[float] = []
        cpu: list[float] = []
        memory: list[int] = []
        with scratch_database(options.url, "regulars_bench_start") as url:
            migrate(url)
            for _ in range(TIMES):
                with serving(url, 1) as served:
                    live.append(served.live_s)
                    ready.append(served.ready_s)
                    cpu.append(served.starting_cpu_s)
                    memory = served.memory_mb()
        return {
            "bench": "start",
            "rate": round(median(ready), 2),
            "unit": "seconds to /readyz",
            "baseline": GOAL_S,
            "baseline_is": "the goal, at most",
            "ratio": round(GOAL_S / median(ready), 2),
            "live_s": round(median(live), 2),
            "ready_s": round(median(ready), 2),
            "cpu_s": round(median(cpu), 2),
            "memory_mb": memory,
        }
