# SPDX-License-Identifier: MIT
# All suites of the kernel, on every size of memory, by every loader, on every machine we support.

from harness.jobs import Job, Result, build, config, defaults, iso, run_suites, symbols

# Of 897 MB, 1 MB is highmem, of 900 MB one 4 MB block.
SIZES = ["32M", "64M", "128M", "512M", "896M", "897M", "900M", "1G", "2G", "3G", "4G", "6G"]
MORE_SIZES = ["64M", "896M", "897M", "900M", "6G"]  # not in the everyday run

# (arch, what it is called, options of the machine)
MACHINES = [
    ("arm", "virt with the virtualization extensions, entered in HYP mode",
     {"board_options": "virtualization=on"}),
    ("arm", "cortex-a7", {"cpu": "cortex-a7"}),
    ("x86", "qemu32, a CPU without NX", {"cpu": "qemu32"}),
    ("x86", "qemu32 with NX", {"cpu": "qemu32,+nx"}),
    ("x86", "the PIT as the timer", {"append": "timer=pit"}),
    ("x86", "a PC without HPET and ACPI", {"board_options": "hpet=off,acpi=off"}),
    ("x86", "a CPU with SMEP and SMAP", {"cpu": "qemu32,+nx,+smep,+smap"}),
]

# How firmware may hand over a board that by itself starts in the secure state:
# (format, board, what it is called, options of the machine)
STATES = [
    ("lpae", "vexpress-a15", "in the non-secure state, entered in HYP mode",
     {"board_options": "secure=off,virtualization=on"}),
    ("short", "vexpress-a9", "in the non-secure state", {"board_options": "secure=off"}),
]

# What SAN= may be: a kernel of its own for each (docs/testing.md).
SANITIZERS = ["kasan", "ubsan"]
SANITIZER_CPU = 120.0  # tunable: seconds that QEMU may use; every access is checked by a call


def run(context, machine):
    """Runs the suites that the glob names, and takes each of their tests over as a result."""
    glob = context.glob
    kernel = symbols(machine)
    if not kernel.tests(glob):
        glob = "*"  # the glob named this job, not a test
    names = kernel.tests(glob)
    if machine.iso:
        machine.iso = iso(machine, f'ktest="{glob}"')
    limit = {"cpu_limit": SANITIZER_CPU} if machine.san else {}
    outcome = run_suites(machine, context.folder, glob, names, **limit)
    for test in outcome.tests:
        reason = "; ".join(test.notes) if test.status != "passed" else ""
        context.results.append(Result(test.name, test.status, reason))
    if outcome.problem:
        context.fail(context.job.name, outcome.problem, outcome.details)


def job(name, target, debug, cost=1.0, more=False, san="", **options):
    return Job(f"suites: {name} ({config(target, debug, san)})",
               lambda context: run(context, context.machine(target, debug, san=san, **options)),
               builds=(build(target, debug, san),), suites=True, cost=cost, more=more)


def sizes(target, debug):
    """The sizes of memory that a target is tested with: a CPU's default with all, in both builds; the
    others with the smallest and the largest, and in the release build with one that all boards have."""
    possible = [size for size in SIZES if megabytes(size) <= target.most]
    if target.default:
        return possible if debug else [size for size in possible if size not in MORE_SIZES]
    return [possible[0], possible[-1]] if debug else ["1G"]


def megabytes(size):
    return int(size[:-1]) << (10 if size[-1] == "G" else 0)


def by_grub(target, debug):
    """The sizes that GRUB boots from an ISO. There an instruction takes longer, and tests have a limit: not 6 GB.
    What depends on the size alone is seen without it."""
    if target.arch != "x86" or not (target.default or (debug and target.mmu == "2level")):
        return []
    return [mem for mem in sizes(target, debug) if mem not in ("897M", "900M", "6G")]


def jobs(targets):
    found = []
    found += [job("hold with slab_debug=FZPU", target, False, mem="128M", append="slab_debug=FZPU")
              for target in defaults(targets)]
    for target in targets:
        for debug in (True, False):
            found += [job(f"hold with {mem}", target, debug, mem=mem, more=mem in MORE_SIZES)
                      for mem in sizes(target, debug)]
            found += [job(f"hold with {mem} from a GRUB ISO", target, debug, mem=mem, cost=3.0,
                          iso="made when it runs", more=mem in MORE_SIZES) for mem in by_grub(target, debug)]
    found += [job(f"hold on {name}", target, True, more=True, **options)
              for target in defaults(targets) for arch, name, options in MACHINES
              if arch == target.arch]
    found += [job("hold with 1G", target, True, san=san, more=True, cost=9.0, append="ktest_timeout=100")
              for target in defaults(targets) for san in SANITIZERS]
    found += [job(f"hold {name}", target, True, mem="128M", **options)
              for target in targets for mmu, board, name, options in STATES
              if (mmu, board) == (target.mmu, target.board)]
    return found
