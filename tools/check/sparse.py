#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Registers of devices are never touched as memory: sparse knows __iomem (include/lib/compiler.h) as an
# address space of its own, and this check runs it over all C files of every configuration.
#
# What else sparse has to say is not asked: the compilers say it too. But a file that it cannot read is a
# finding, for nothing in it was checked.
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tree

CPUS = {"arm": "arm", "x86": "i386"}  # ours: sparse's
MESSAGE = re.compile(r"([^:\s]+):(\d+):\d+: (error|warning): (.*)")
ABOUT = re.compile(r"address space|noderef|dereference of|__iomem")

# What sparse 0.6 does not know.
UNKNOWN = ["-D__builtin_classify_type(x)=5", "-D__float128=long double", '-D__VERSION__=""']


def compiler_headers():
    """stddef.h and its like, of any compiler."""
    for compiler in ("gcc", "clang", "arm-none-eabi-gcc", "i686-linux-gnu-gcc"):
        if shutil.which(compiler):
            out = subprocess.run([compiler, "-print-file-name=include"], stdout=subprocess.PIPE,
                                 text=True, check=True).stdout.strip()
            if os.path.isdir(out):
                return out
            out = subprocess.run([compiler, "-print-resource-dir"], stdout=subprocess.PIPE,
                                 text=True, check=False).stdout.strip()
            return os.path.join(out, "include")
    raise SystemExit("sparse: no compiler, and so no stddef.h: tools/setup arm")


def ask_make(root, arch, mmu):
    """What the Makefile says of a configuration: (defines, sources)."""
    out = subprocess.run(["make", "-s", "-C", root, f"ARCH={arch}", f"MMU={mmu}", "DEBUG=1",
                          "print-sources"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         text=True, check=True).stdout.split("\n")
    return out[0].split(), out[1].split()


def configurations(makefile):
    line = re.search(r"^CONFIGS := (.*)$", makefile, re.M)
    return [name.split("-", 1) for name in line.group(1).split()]


def flags(arch, defines):
    # Where a macro's argument is a macro and is pasted to UL, sparse at times pastes its name.
    values = [re.match(r"-D(\w+)=(0x\w+)$", d) for d in defines]
    pasted = [f"-D{m.group(1)}UL={m.group(2)}UL" for m in values if m]
    return ["--arch=" + CPUS[arch], "-m32", "-std=gnu11", "-ffreestanding", "-nostdinc",
            "-isystem", compiler_headers(), "-Iinclude", "-Itests/support", f"-Iarch/{arch}/include", "-I.",
            "-Wno-decl"] + defines + pasted + UNKNOWN


def run(root, path, options):
    out = subprocess.run(["sparse"] + options + [path], cwd=root, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, text=True, check=False).stderr
    found = []
    for line in out.split("\n"):
        match = MESSAGE.match(line)
        if match and (match.group(3) == "error" or ABOUT.search(match.group(4))):
            found.append((os.path.normpath(match.group(1)), int(match.group(2)),
                          "sparse: " + match.group(4)))
    return found


def check_files(root, jobs):
    """jobs: (path, options) each."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return {f for found in pool.map(lambda job: run(root, *job), jobs) for f in found}


def check(files):
    """The real tree; files of a sample are written to a folder and checked as ARM's."""
    if "Makefile" not in files:
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            # Headers of the real tree, for they are what is tested.
            for folder in ("include", "arch"):
                os.symlink(os.path.join(tree.ROOT, folder), os.path.join(root, folder))
            defines = ["-DCONFIG_DEBUG=1", "-DCONFIG_PAGE_OFFSET=0xc0000000", "-DCONFIG_PHYS_64BIT=1", "-DCONFIG_MMU_LPAE=1"]
            return check_files(root, [(path, flags("arm", defines)) for path in files])
    done, jobs = set(), []
    for arch, mmu in configurations(files["Makefile"]):
        defines, sources = ask_make(tree.ROOT, arch, mmu)
        options = flags(arch, defines)
        # A further format of a CPU has few files of its own, and the others look at it by accessors.
        jobs += [(path, options) for path in sources if (arch, path) not in done]
        done |= {(arch, path) for path in sources}
    return check_files(tree.ROOT, jobs)


HEAD = "#include <arch/io.h>\n"
SAMPLES = [
    ("accessors are fine", {
        "drivers/a.c": HEAD + "u32 f(void __iomem *regs);\n"
                       "u32 f(void __iomem *regs)\n{\n\twritel(1, regs + 4);\n\treturn readl(regs);\n}\n"},
     []),
    ("S246 a plain dereference of __iomem is found", {
        "drivers/a.c": HEAD + "u32 f(u32 __iomem *regs);\nu32 f(u32 __iomem *regs)\n{\n"
                       "\treturn *regs;\n}\n"},
     ["drivers/a.c:5"]),
    ("so is a field, a cast, an argument, and memory given to an accessor", {
        "drivers/a.c": HEAD + "struct regs {\n\tu32 a;\n};\nu32 f(struct regs __iomem *regs);\n"
                       "void g(void *p);\nu32 f(struct regs __iomem *regs)\n{\n"
                       "\tu32 *plain = (u32 *)regs;\n\n\tg(regs);\n\twritel(1, plain);\n"
                       "\treturn regs->a;\n}\n"},
     ["drivers/a.c:9", "drivers/a.c:11", "drivers/a.c:12", "drivers/a.c:13"]),
    ("__force is a way out", {
        "drivers/a.c": HEAD + "u32 f(u32 __iomem *regs);\nu32 f(u32 __iomem *regs)\n{\n"
                       "\treturn *(__force u32 *)regs;\n}\n"},
     []),
    ("a file that cannot be read is found", {
        "drivers/a.c": HEAD + "u32 f(void);\nu32 f(void)\n{\n\treturn b;\n}\n"}, ["drivers/a.c:5"]),
]

if __name__ == "__main__":
    if not shutil.which("sparse"):
        sys.exit("sparse is missing: tools/setup check")
    tree.main("sparse", check, SAMPLES, "registers are reached by accessors only")
