"""What HTTP alone costs: the same clients at a route that reads a body and does nothing with it.

It bounds what any route of the service can reach beside the load on the same machine, however little it does.
"""

from __future__ import annotations

from regulars.app.bench.load import Answered, Load, beside_us, generate
from regulars.app.bench.processor_time import family_seconds
from regulars.app.bench.served import HOST, Served

# What analytics.js sends about itself is taken and forgotten.
ROUTE = "/v1/m"
BODY = b'{"series":[]}'
SECONDS = 4
REQUESTS_PER_S = 20_000


def http_alone(served: Served, clients: int) -> dict[str, float]:
    """Return requests a second of `clients`, and the processor time of the service and the load for one (µs)."""
    request = f"POST {ROUTE} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    before = family_seconds(served.pid)
    load = Load(HOST, served.port, [request] * (SECONDS * REQUESTS_PER_S), clients, SECONDS, None)
    answered: Answered = beside_us(generate, load)
    used = family_seconds(served.pid) - before
    return {
        "per_s": round(answered.rate),
        "service_us": round(used / answered.good * 1e6),
        "load_us": round(answered.cpu_s / answered.good * 1e6),
    }
