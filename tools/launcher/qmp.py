# SPDX-License-Identifier: MIT
# QEMU's control socket: commands, their answers, and what QEMU tells by itself (the QEMU Machine Protocol
# Specification).
"""Qmp: one connection to one QEMU."""

import contextlib
import json
import selectors
import socket
import time


class Qmp:
    """QEMU's control socket: one end of a socket pair that QEMU got at birth."""

    def __init__(self):
        self.sock, self.theirs = socket.socketpair()
        self.sock.setblocking(False)
        self._buffer = b""
        self._answers = []
        self.limit = 5.0  # seconds that QEMU may take for an answer
        self.events = []
        self.closed = False

    def argv(self):
        fd = self.theirs.fileno()
        return ["-chardev", f"socket,id=qmp,fd={fd}", "-mon", "chardev=qmp,mode=control"]

    def started(self):
        """QEMU has its end: forget ours of it, so that QEMU's death is an end of file."""
        self.theirs.close()
        self._send("qmp_capabilities")

    def _send(self, command, arguments=None, marker=""):
        text = json.dumps({"execute": command, "arguments": arguments or {}, "id": marker})
        with contextlib.suppress(OSError):
            self.sock.sendall(text.encode() + b"\n")

    def read(self):
        """Takes in what has come, without waiting."""
        while not self.closed:
            try:
                data = self.sock.recv(65536)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            self.closed = not data
            self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if "event" in message:
                    self.events.append(message)
                elif "return" in message or "error" in message:
                    self._answers.append(message)

    def command(self, command, **arguments):
        """Sends a command and returns its answer, or None when none comes in time."""
        self.read()
        self._answers.clear()
        # Answers come in order; a marker tells ours from the greeting's.
        marker = f"{command}-{time.monotonic_ns()}"
        self._send(command, arguments, marker)
        end = time.monotonic() + self.limit
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            while time.monotonic() < end and not self.closed:
                selector.select(0.1)
                self.read()
                for answer in self._answers:
                    if answer.get("id") == marker:
                        return answer.get("return")
        return None

    def registers(self):
        """The text of 'info registers', or ''."""
        answer = self.command("human-monitor-command", **{"command-line": "info registers"})
        return answer if isinstance(answer, str) else ""

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.close()
            self.theirs.close()
