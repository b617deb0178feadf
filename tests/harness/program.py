# SPDX-License-Identifier: MIT
# Programs of the host that a test starts.
#
# Rules: nobody waits for one without a limit of wall time; one that does not end in time is ended, with all
# that it has started, and is a Failure.
"""run_program(), finish(), until_said()"""

import contextlib
import os
import re
import select
import shlex
import signal
import subprocess
import time

from harness.guest import Cancelled, Failure, stop

LIMIT = 60.0  # seconds: each must have ended long before


def run_program(command, limit=LIMIT, stderr=subprocess.PIPE, **options):
    """Runs a program without input to its end. Returns it with its texts."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                          start_new_session=True, **options) as process:
        stdout, errors = finish(process, limit)
        return subprocess.CompletedProcess(command, process.returncode, stdout, errors)


def finish(process, limit=LIMIT):
    """Waits for the end of a process, which leads a session of its own. Returns what came through its pipes
    and was not read yet: (stdout, stderr)."""
    end = time.monotonic() + limit
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return tuple(text(data) for data in process.communicate(timeout=0.2))
            check_time(process, end, f"no end within {limit:.0f} s")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def until_said(process, pattern, limit=LIMIT):
    """Reads the errors of a process up to a line that matches. Returns the match."""
    end, errors = time.monotonic() + limit, ""
    while not (found := re.search(rf"{pattern}.*\n", errors)):
        if select.select([process.stderr], [], [], 0.1)[0]:
            data = os.read(process.stderr.fileno(), 65536)
            if not data:
                raise Failure(f"it ended before it said '{pattern}'", about(process, errors))
            errors += text(data)
        check_time(process, end, f"it did not say '{pattern}' within {limit:.0f} s", errors)
    return found


def check_time(process, end, reason, errors=""):
    if stop.is_set():
        raise Cancelled()
    if time.monotonic() > end:
        raise Failure(reason, about(process, errors))


def about(process, errors):
    return [shlex.join(process.args)] + errors.splitlines()[-12:]


def text(data):
    return (data or b"").decode("latin-1").replace("\r", "")
