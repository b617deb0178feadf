# SPDX-License-Identifier: MIT
# A copy of the tree in which files are changed and built: build/mutants/N.
#
# Rules: nothing outside of the copy is written. A build is brought up to date by make once; after that a
# change compiles its one file and links. Objects of the user's builds are taken over, where they are.
"""sync(), and Build: one configuration of a copy."""

import os
import shutil
import subprocess
from pathlib import Path

LEFT_OUT = {".git", "build", "__pycache__"}


def files(top):
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(f for f in folders if f not in LEFT_OUT)
        yield from (os.path.relpath(os.path.join(folder, name), top) for name in names)


def sync(tree, copy):
    """Makes the copy like the tree. What differs gets a new date, so that make sees it."""
    fresh = not (copy / "Makefile").exists()
    wanted = set(files(tree))
    for path in set(files(copy)) - wanted:
        (copy / path).unlink()
    for path in wanted:
        source, target = tree / path, copy / path
        if fresh or not target.exists() or source.read_bytes() != target.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copy2 if fresh else shutil.copy)(source, target)


def environment():
    """Without what a make around us has put into it."""
    names = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DEBUG", "LLVM", "ARCH", "MMU", "BOARD", "VMSPLIT", "B",
             "T", "APPEND", "MEM", "INITRD", "CROSS", "SEED", "JOBS")
    return {key: value for key, value in os.environ.items() if key not in names}


class BuildError(Exception):
    """make failed; the text is what it said."""


class Build:
    """A configuration: (arch, mmu, debug). `whole` once all of it is built and linked."""

    def __init__(self, copy, tree, arch, mmu, debug):
        self.copy, self.arch, self.mmu, self.debug = copy, arch, mmu, debug
        self.folder = copy / "build" / (f"{arch}-{mmu}" + ("-debug" if debug else ""))
        self.name = f"{arch}-{mmu} {'debug' if debug else 'release'}"
        self.originals = {}  # path: (object's bytes, its code)
        self.whole = False
        self._objcopy = None
        theirs = tree / "build" / self.folder.name
        if not self.folder.exists() and theirs.exists():
            self.folder.parent.mkdir(exist_ok=True)
            subprocess.run(["cp", "-a", "--reflink=auto", str(theirs), str(self.folder)], check=True)

    def make(self, *goals, jobs=1):
        """Makes files of this build's folder; without debug information in the linked ones."""
        done = subprocess.run(
            ["make", "--no-print-directory", "-s", f"-j{jobs}", f"ARCH={self.arch}", f"MMU={self.mmu}",
             f"DEBUG={int(self.debug)}", "LD=$(CROSS)ld -S", *(f"build/{self.folder.name}/{g}" for g in goals)],
            cwd=self.copy, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError((done.stderr or done.stdout).strip())
        return done.stderr

    def kernels(self):
        return ["k896.elf"] + (["k896.bin"] if self.arch == "arm" else [])

    def link(self):
        for name in ["k896.pass1.elf"] + self.kernels():
            (self.folder / name).unlink(missing_ok=True)
        self.make(*self.kernels())

    def finish(self, jobs=1):
        """Builds and keeps the unchanged kernel."""
        if self.whole:
            return
        goals = self.kernels() + ([f"{board}.dtb" for board in ("vexpress-a15", "vexpress-a9")]
                                  if self.arch == "arm" else [])
        self.make(*goals, jobs=jobs)
        (self.folder / "unchanged").mkdir(exist_ok=True)
        for name in self.kernels():
            shutil.copy(self.folder / name, self.folder / "unchanged" / name)
        self.whole = True

    def object(self, path):
        return self.folder / "obj" / Path(path).with_suffix(".o")

    def code(self, path):
        """A file's object without debug information: what the compiler made of it."""
        stripped = self.folder / "stripped.o"
        subprocess.run([self.objcopy(), "--strip-debug", str(self.object(path)), str(stripped)], check=True)
        return stripped.read_bytes()

    def objcopy(self):
        if not self._objcopy:
            self._objcopy = subprocess.run(
                ["make", "-s", f"ARCH={self.arch}", "--eval", "which: ; @echo $(OBJCOPY)", "which"], cwd=self.copy,
                env=environment(), capture_output=True, text=True, check=True).stdout.strip()
        return self._objcopy

    def compile(self, path):
        """Compiles a changed file; what the compiler warns of is an error, as in .ci/run."""
        self.object(path).unlink(missing_ok=True)
        words = self.make(str(Path("obj") / Path(path).with_suffix(".o")))
        if "warning:" in words:
            raise BuildError(words)

    def original(self, path):
        """The code of the unchanged file, compiled when it was not yet."""
        if path not in self.originals:
            self.make(str(Path("obj") / Path(path).with_suffix(".o")))
            self.originals[path] = (self.object(path).read_bytes(), self.code(path))
        return self.originals[path][1]

    def restore(self, path):
        """The unchanged object back in its place."""
        if path in self.originals:
            self.object(path).write_bytes(self.originals[path][0])

    def swap(self):
        """The changed kernel for the unchanged one, and the other way round."""
        for name in self.kernels():
            here, there, other = self.folder / name, self.folder / "unchanged" / name, self.folder / "swapped"
            here.rename(other)
            there.rename(here)
            other.rename(there)
