# SPDX-License-Identifier: MIT
# What is typed or piped, on its way to the guest: the terminal's settings, and lines that wait for a
# prompt.
"""The terminal, and Feeder."""

import contextlib
import os
import signal
import sys
import time

PROMPT = b"k896> "
LEAVE = b"\x01x"  # Ctrl-A X, to the multiplexer of serial line and QEMU monitor

ANSWER = 2.0    # seconds that a line from a pipe waits for a prompt before it is sent anyway
QUIET = 0.3     # seconds of silence that make a prompt the last word


def say(text):
    print(f"k896: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def kept_terminal():
    """Whatever QEMU does to the terminal's settings is undone."""
    try:
        import termios
        before = termios.tcgetattr(0)
    except Exception:  # pylint: disable=broad-except  (no terminal, or none of this kind)
        before = None
    try:
        yield
    finally:
        if before is not None:
            # From the background, or with the terminal gone, there is nothing to restore.
            old = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            with contextlib.suppress(Exception):
                termios.tcsetattr(0, termios.TCSANOW, before)
            signal.signal(signal.SIGTTOU, old)


def give_every_key():
    """The terminal hands over each key at once, Ctrl-C too, and does not echo it."""
    import termios
    mode = termios.tcgetattr(0)
    mode[0] &= ~(termios.ICRNL | termios.IXON)
    mode[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    termios.tcsetattr(0, termios.TCSANOW, mode)


def stdin_usable():
    try:
        os.fstat(0)
    except OSError:
        return False
    return sys.stdin is not None


class Feeder:
    """Hands piped input to the guest line by line, each after a prompt, so that nothing is lost;
    and leaves when the input has ended and the guest waits for more. A terminal's keys go at once."""

    def __init__(self, recorded, terminal):
        self.recorded = recorded
        self.terminal = terminal
        self.key = b""  # the last one
        self.vm = None
        self.fd = 0 if stdin_usable() else None
        self.pending = b""
        self.tail = b""
        self.last_output = time.monotonic()
        self.last_sent = time.monotonic()
        self.left = False

    def output(self, data):
        self.tail = (self.tail + data)[-64:]
        self.last_output = time.monotonic()

    def input(self):
        data = os.read(0, 4096)
        if not data:
            self.fd = None
        if not self.terminal:
            self.pending += data
        elif LEAVE in self.key + data:
            self.leave()
        else:
            self.key = data[-1:]
            self.send(data)

    def at_prompt(self):
        return self.tail.endswith(PROMPT)

    def step(self):
        now = time.monotonic()
        quiet = now - self.last_output
        if self.pending and (self.at_prompt() or quiet > ANSWER < now - self.last_sent):
            line, newline, rest = self.pending.partition(b"\n")
            if not newline and self.fd is not None and LEAVE not in line:
                return
            self.pending = rest
            # As for a shell, the end of the input ends the last line too.
            self.send(line + (newline if LEAVE in line else b"\n"))
        elif not self.pending and self.fd is None and self.at_prompt() and quiet > QUIET \
                and not self.left:
            self.left = True
            say("the input has ended at the prompt: leaving")
            self.leave()

    def leave(self):
        if self.recorded:
            self.vm.qmp.command("quit")
        else:
            self.send(LEAVE)

    def send(self, data):
        self.tail = b""
        self.last_sent = time.monotonic()
        with contextlib.suppress(OSError):
            self.vm.process.stdin.write(data)
            self.vm.process.stdin.flush()
