"""Settings of the embedded server, for a machine of two cores and up. Each says why it is what it is."""

from __future__ import annotations

import os

# A quarter of the memory, as is usual, but no more than a shared laptop gives away unasked.
SHARED_BUFFERS_SHARE = 4
SHARED_BUFFERS_MB_MIN = 128
SHARED_BUFFERS_MB_MAX = 1024
# Two pools of the service, the worker, a few tools and the tests; each idle one costs about 2 MB.
MAX_CONNECTIONS = 100

STEADY = {
    # Checkpoints write whole pages to the log again: rarely is cheap. Recovery of 4 GB takes below a minute.
    "checkpoint_timeout": "15min",
    "max_wal_size": "4GB",
    "min_wal_size": "512MB",
    "checkpoint_completion_target": "0.9",
    "wal_buffers": "16MB",
    # Sorts and hash tables of reports; four of them at once still fit beside the buffers.
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    # Disks are solid these days; the default of 4 makes the planner avoid indexes.
    "random_page_cost": "1.1",
    # Compiling costs more than it saves on the short statements that we run.
    "jit": "off",
    # Hot tables are append-only: vacuum by what came in, and often enough to keep index-only scans.
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_vacuum_insert_scale_factor": "0.1",
    "autovacuum_analyze_scale_factor": "0.05",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # One log file per weekday, overwritten a week later.
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %a ",
    "log_min_duration_statement": "2s",
    "log_checkpoints": "off",
}

# An acknowledged posting survives a power cut. These are the defaults; they are written down so that nobody doubts.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
# For tests only, whose data nobody misses.
FAST_AND_UNSAFE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
}


# For glibc: a session keeps what it once took (16 MB at the end of its heap at most) for its next statement. As it is,
# each statement that unpacks arrays gives its memory back to the system and asks for it again, page by page: a twelfth
# of what PostgreSQL does for a batch of sixteen orders (`regulars bench accrual --batch 16`).
KEEPS_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(4 << 20),
    "MALLOC_TOP_PAD_": str(1 << 20),
}


def render_settings(socket_folder: str, port: int, *, loopback: bool, durable: bool, lz4: bool) -> str:
    """Return the configuration file of a server that listens on a socket, and on 127.0.0.1 when `loopback`."""
    settings = {
        "unix_socket_directories": socket_folder,
        "unix_socket_permissions": "0700",
        "listen_addresses": "127.0.0.1" if loopback else "",
        "port": str(port),
        "max_connections": str(MAX_CONNECTIONS),
        "shared_buffers": f"{_shared_buffers_mb(durable)}MB",
        **STEADY,
        **(DURABLE if durable else FAST_AND_UNSAFE),
    }
    if lz4:
        # Halves the log for hardly any time. The older method costs more time than it saves: off without lz4.
        settings["wal_compression"] = "lz4"
    lines = ["# Written at every start; put your own settings into postgresql.auto.conf (ALTER SYSTEM)."]
    lines += [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    return "\n".join(lines) + "\n"


def _shared_buffers_mb(durable: bool) -> int:
    if not durable:
        return SHARED_BUFFERS_MB_MIN
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return max(SHARED_BUFFERS_MB_MIN, min(SHARED_BUFFERS_MB_MAX, memory_mb // SHARED_BUFFERS_SHARE))
