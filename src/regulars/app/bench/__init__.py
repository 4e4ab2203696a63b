"""Benches: what the speed of the platform is, each against a baseline measured in the same run. `regulars bench`."""

from regulars.app.bench.accrual import AccrualBench
from regulars.app.bench.model import Bench, Figures, Options

BENCHES: dict[str, Bench] = {
    "accrual": AccrualBench(),
}

__all__ = ["BENCHES", "Bench", "Figures", "Options"]
