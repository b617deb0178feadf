# SPDX-License-Identifier: MIT
# What make says to words that cannot be, before it installs or builds anything; and what it does when two of them
# build in one tree, or nobody reads on.

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

from harness.jobs import ROOT, Job, build, config, defaults, outside_make, qemu_words
from harness.program import finish, run_program, until_said

# (CPU, what is typed after make, what must be said). No compiler and no QEMU is there, and no kernel is built
# for 2G/2G with 32-bit entries, so a message after set-up or a build would not come.
WRONG = [
    ("arm", "run-arm MEM=", r"^k896: MEM=: .*such as MEM=512M$"),
    ("arm", "run-arm MEM=-5", r"^k896: MEM=-5: .*such as MEM=512M$"),
    ("arm", "run-arm MEM=abc", r"^k896: MEM=abc: .*such as MEM=512M$"),
    ("arm", "run-arm MEM=1M", r"^k896: MEM=1M: .*take MEM=8M or more$"),
    ("arm", "run-arm BOARD=vexpress-a9 MEM=2G", r"^k896: MEM=2G: .*vexpress-a9 .* 1024M.*BOARD"),
    ("arm", "run-arm MMU=pae", r"no configuration ARCH=arm MMU=pae; there are .*arm-lpae arm-short"),
    ("arm", "run-arm BOARD=pc", r"^k896: ARCH=arm MMU=short BOARD=pc is no machine .*short virt"),
    ("arm", "run-arm VMSPLIT=1G", r"VMSPLIT=1G: it is 3G or 2G"),
    ("arm", "run-arm DEBUG=2", r"DEBUG=2: it is 0 or 1"),
    ("arm", "run-arm INITRD=no/such", r"^k896: INITRD=no/such: there is no such file$"),
    ("arm", "gdb-arm MEM=abc", r"^k896: MEM=abc: .*such as MEM=512M$"),
    ("arm", "bench-arm MMU=pae", r"no configuration ARCH=arm MMU=pae"),
    ("arm", "test LLVM=yes", r"LLVM=yes: it is 0 or 1"),
    ("arm", "test-machines DEBUG=yes", r"DEBUG=yes: it is 0 or 1"),
    ("arm", "test MMU=foo", r"no configuration MMU=foo; there are .*arm-lpae arm-short"),
    ("arm", "test BOARD=foo", r"^no machine is like that; there are .*arm lpae virt 3G"),
    ("arm", "test-arm MMU=2level", r"no configuration ARCH=arm MMU=2level"),
    ("arm", "test ARCH=mips", r"no configuration ARCH=mips"),
    ("arm", "build-arm SAN=msan", r"SAN=msan: it is kasan or ubsan"),
    ("arm", "run-arm SAN=kasan LLVM=1", r"SAN=kasan LLVM=1: clang has no KASAN"),
    ("arm", "test SAN=asan", r"SAN=asan: it is kasan or ubsan"),
    ("arm", "build ARCH=mips", r"no configuration ARCH=mips"),
    ("arm", "run-arm ARCH=x86", r"run-arm ARCH=x86: the target is for arm; leave out ARCH="),
    ("arm", "run-arm CI=2", r"CI=2: it must be 0 or 1"),
    ("arm", "run-arm NOSUCH=1", r"NOSUCH=: there is no such variable; make help lists them"),
    ("arm", "test MMU=lpae VMSPLIT=3G T=nosuch*", r"^no test matches 'nosuch\*'; tests/run.py --list shows the names"),
    ("arm", "fuzz SECONDS=x", r"SECONDS=x: it must be a number"),
    ("arm", "soak SEED=x", r"SEED=x: it must be a number"),
    ("arm", "test JOBS=", r"JOBS=: it must be a number"),
    ("arm", "mutants N=x", r"N=x: it must be a number"),
    ("arm", "mutants LIMIT=x", r"LIMIT=x: it must be a number"),
    ("arm", "mutants IN=nosuch", r"^no source file is in: nosuch; it is one below mm, "),
    ("x86", "bench-x86 ARCH=arm", r"bench-x86 ARCH=arm: the target is for x86; leave out ARCH="),
    ("x86", "run-x86 BOARD=virt", r"^k896: ARCH=x86 MMU=2level BOARD=virt is no machine .*2level pc"),
    ("x86", "run-x86 INITRD=a,b", r"^k896: INITRD=a,b: .*no name with a blank or a comma"),
    ("x86", "iso-x86 MMU=lpae", r"no configuration ARCH=x86 MMU=lpae"),
    ("x86", "gdb-x86 SAN=kasan LLVM=1", r"SAN=kasan LLVM=1: clang has no KASAN"),
    ("x86", "iso-x86 INITRD=no/such", r"^k896: INITRD=no/such: there is no such file$"),
]
UNBUILT = {"arm": "MMU=short", "x86": "MMU=2level"}


def bare(folder, *more):
    """A PATH without compilers; more: programs that are there by name only."""
    folder.mkdir(parents=True)
    for tool in ("make", "sh", "echo", "awk", "sed", "tr", "getconf", "grep", "id", "uname"):
        (folder / tool).symlink_to(shutil.which(tool))
    for tool in more:
        (folder / tool).write_text("#!/bin/sh\n", encoding="ascii")
        (folder / tool).chmod(0o755)
    return {**outside_make(), "PATH": str(folder)}


def wrong_words(context, arch):
    env = {**bare(context.folder / "bin"), "NO_SETUP": "1"}
    (context.folder / "bin" / "python3").symlink_to(shutil.which("python3"))
    for cpu, typed, said in WRONG:
        if cpu != arch:
            continue
        words = typed.split()
        if "MMU=" not in typed and "BOARD=vexpress" not in typed:
            words.append(UNBUILT[arch])
        if "VMSPLIT=" not in typed:
            words.append("VMSPLIT=2G")
        done = run_program(["make", "--no-print-directory", f"LLVM={int(context.llvm)}", *words], cwd=ROOT, env=env,
                           stderr=subprocess.STDOUT)
        status, text = done.returncode, done.stdout
        context.check(status and re.search(said, text, re.M),
                      f"commands: make {typed} says what is wrong with it",
                      f"exit status {status}, no line like '{said}'", text)
        context.check(not re.search(r"^(  (CC|LD) |tools/setup: )", text, re.M),
                      f"commands: make {typed} says so before it installs or builds",
                      "something was to be installed or built", text)


def no_tools(context):
    """A newcomer's first look: there is no compiler yet, and nobody complains before it is asked for."""
    done = run_program(["make", "help"], cwd=ROOT, env=bare(context.folder / "bin"))
    context.check(done.returncode == 0 and "run-arm" in done.stdout and not done.stderr,
                  "commands: make help needs no compiler", f"exit status {done.returncode}",
                  done.stdout + done.stderr)


# What a system has to install packages with, and what tools/setup says there.
SYSTEMS = [
    (("apt-get", "dpkg"), "because NO_SETUP=1; install them with: apt-get install .* gcc-arm-none-eabi "),
    (("dnf",), "please install them: sudo dnf install .* arm-none-eabi-gcc-cs "),
    (("pacman",), "please install them: sudo pacman -S --needed .* arm-none-eabi-gcc .* i686-elf-gcc "),
    (("brew",), "please install them: brew install .* arm-none-eabi-gcc .* i686-elf-gcc "),
    ((), "no apt-get; Debian's packages are: .* gcc-arm-none-eabi "),
]


def systems(context):
    """What is missing is named, with the system's own names of packages."""
    if any(Path(folder, "python3").exists() for folder in ("/usr/sbin", "/sbin")):
        context.skip("commands: what is missing is named", "/usr/sbin is /usr/bin here, where all tools are")
        return
    for managers, said in SYSTEMS:
        name = managers[0] if managers else "no package manager"
        done = run_program(["sh", "tools/setup", "arm", "x86"], cwd=ROOT,
                           env={**bare(context.folder / name, *managers), "NO_SETUP": "1"})
        context.check(done.returncode and re.search(said, done.stderr) and not done.stdout,
                      f"commands: what is missing is named on a system with {name}",
                      f"exit status {done.returncode}, no line like '{said}'", done.stderr)
    done = run_program(["sh", "tools/doctor"], cwd=ROOT, env=bare(context.folder / "doctor", "dnf"))
    context.check(done.returncode == 1 and "this works: nothing" in done.stdout
                  and "missing (package arm-none-eabi-gcc-cs)" in done.stdout,
                  "commands: doctor names what is missing, and its package",
                  f"exit status {done.returncode}, or no such line", done.stdout + done.stderr)
    folder = context.folder / "enough"
    optional = bare(folder)
    for place in os.get_exec_path():
        for program in Path(place).glob("*"):
            if not re.match(r"clang|sparse|debootstrap|frama-c", program.name):
                with contextlib.suppress(FileExistsError):
                    (folder / program.name).symlink_to(program)
    done = run_program(["sh", "tools/doctor"], cwd=ROOT, env=optional)
    context.check(done.returncode == 0 and "optional: missing" in done.stdout and "WRONG" not in done.stdout
                  and "have all that they need; not there: llvm check" in done.stdout,
                  "commands: doctor ends well when only what is optional is missing",
                  f"exit status {done.returncode}, or no such line", done.stdout + done.stderr)


def two_at_a_time(context, arch):
    """Another make, which builds for this CPU."""
    with open(ROOT / "build" / f"{arch}.lock", "a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["make", "-C", str(ROOT), "NO_SETUP=1", f"LLVM={int(context.llvm)}", "DEBUG=1", f"build-{arch}"]
        with subprocess.Popen(command, env=outside_make(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, start_new_session=True) as second:
            try:
                until_said(second, "waiting")
                context.check(second.poll() is None,
                              f"commands: a make waits while another one builds for {arch}, and says so",
                              "it has ended")
                fcntl.flock(lock, fcntl.LOCK_UN)
                said = finish(second)[1]
                context.check(second.returncode == 0, f"commands: the make that waited for {arch} builds then",
                              f"exit status {second.returncode}", said)
            finally:
                second.kill()


def nobody_reads(context, arch):
    """make run-arm | head"""
    with subprocess.Popen(qemu_words(context, arch), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as process:
        process.stdout.close()
        said = finish(process)[1]
        context.check(process.returncode and not said, f"commands: a run ends where nobody reads on ({arch})",
                      f"exit status {process.returncode}, and words", said)


def odd_folder(context, arch):
    """The tree may lie in a folder whose name has blanks and commas, which QEMU and gdb take for their own."""
    machine = context.machine(arch)
    top = context.folder / "an odd, folder"
    shutil.copytree(ROOT / "tools", top / "tools")
    build = top / "build" / machine.build.name
    build.mkdir(parents=True)
    for name in ("k896.elf", "k896.bin"):
        if (machine.build / name).exists():
            shutil.copy(machine.build / name, build)
    for what, words, said in (
            ("runs", ["--append", "ktest=_harness:?passes"], r"Command line: ktest=_harness:\?passes\n.*ended well"),
            ("is debugged", ["--gdb", "--ex", "hbreak kmain", "--ex", "continue", "--ex", "kill", "--ex", "quit"],
             r"Breakpoint \S+, .*kmain \(")):
        text = run_program(qemu_words(context, arch, *words, top=top), cwd=top, stderr=subprocess.STDOUT).stdout
        context.check(re.search(said, text, re.S),
                      f"commands: a kernel in a folder with blanks and commas {what} ({config(arch, True)})",
                      f"nothing like '{said}'", text)


def example(context):
    """The test that docs/testing.md shows is whole: a copy of the tree compiles it."""
    text = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    source = re.search(r"```c\n(.*?)```", text, re.S).group(1)
    top = context.folder / "tree"
    for part in ("arch", "include", "tools", "lib", "kernel", "mm", "drivers", "boot", "linker"):
        shutil.copytree(ROOT / part, top / part)
    shutil.copy(ROOT / "Makefile", top)
    (top / "tests").mkdir()
    (top / "tests/example.c").write_text(source, encoding="utf-8")
    for arch, mmu in (("arm", "lpae"), ("x86", "pae")):
        done = run_program(["make", "-C", str(top), "NO_SETUP=1", "CI=1", f"ARCH={arch}", f"LLVM={int(context.llvm)}",
                            f"build/{arch}-{mmu}{'-llvm' if context.llvm else ''}/obj/tests/example.o"],
                           env=outside_make(), stderr=subprocess.STDOUT)
        context.check(done.returncode == 0, f"commands: the example of docs/testing.md compiles for {arch}",
                      f"exit status {done.returncode}", done.stdout)


def jobs(targets):
    found = [Job("commands: the example of a test", example),
             Job("commands: without tools", no_tools), Job("commands: other systems", systems)]
    for target in defaults(targets):
        arch, key = target.arch, (build(target, True),)
        found += [Job(f"commands: wrong words ({arch})", lambda c, a=arch: wrong_words(c, a), cost=3.0),
                  Job(f"commands: two at a time ({config(target, True)})",
                      lambda c, a=arch: two_at_a_time(c, a), key),
                  Job(f"commands: an odd folder ({config(target, True)})",
                      lambda c, a=arch: odd_folder(c, a), key, cost=3.0),
                  Job(f"commands: nobody reads ({config(target, True)})",
                      lambda c, a=arch: nobody_reads(c, a), key)]
    return found
