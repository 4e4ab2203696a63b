"""Benches: what the speed of the platform is, each against a baseline measured in the same run. `regulars bench`."""

from regulars.app.bench import rules
from regulars.app.bench.accrual import AccrualBench
from regulars.app.bench.export import ExportBench
from regulars.app.bench.model import Bench, Figures, Options
from regulars.app.bench.online import OnlineBench
from regulars.app.bench.redeem import RedeemBench
from regulars.app.bench.report import ReportBench
from regulars.app.bench.simulate import SimulateBench
from regulars.app.bench.start import StartBench


def _rules(_: Options) -> Figures:
    return rules.run()


BENCHES: dict[str, Bench] = {
    "accrual": AccrualBench(),
    "simulate": SimulateBench(),
    "online": OnlineBench(),
    "redeem": RedeemBench(),
    "rules": _rules,
    "report": ReportBench(),
    "export": ExportBench(),
    "start": StartBench(),
}

__all__ = ["BENCHES", "Bench", "Figures", "Options"]
