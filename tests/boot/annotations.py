# SPDX-License-Identifier: MIT
# What the sources say to tools beside the compiler: `__iomem` to sparse (tools/check/sparse.py).

import importlib.util
import shutil
import sys

from harness.jobs import ROOT, Job, defaults

SENTENCE = "annotations: S246 sparse accepts a driver that reads __iomem by readl(), and refuses a plain access"
DRIVER = "drivers/rtc/pl031.c"
ACCESS = "readl(pl031->regs + RTCCR)"
PLAIN = "*(u32 *)(pl031->regs + RTCCR)"


def load_check():
    """tools/check/sparse.py, whose folder has modules of its own."""
    sys.path.insert(0, str(ROOT / "tools" / "check"))
    try:
        spec = importlib.util.spec_from_file_location("check_sparse", ROOT / "tools/check/sparse.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.pop(0)


def iomem(context):
    if not shutil.which("sparse"):
        context.skip(SENTENCE, "sparse is not installed (tools/setup check)")
        return
    text = (ROOT / DRIVER).read_text(encoding="utf-8")
    before, access, _ = text.partition(ACCESS)
    sparse = load_check()
    good = sparse.check({DRIVER: text})
    bad = {(path, line) for path, line, _ in sparse.check({DRIVER: text.replace(ACCESS, PLAIN)})}
    context.check(access and not good and bad == {(DRIVER, before.count("\n") + 1)}, SENTENCE,
                  f"it finds {sorted(good)} in the driver, and {sorted(bad)} in the one with '{PLAIN}'")


def jobs(targets):
    return [Job("annotations: S246 __iomem", iomem)] if defaults(targets) else []
