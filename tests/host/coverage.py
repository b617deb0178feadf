#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lines of mm/ that the suites reach on the host, by gcov: a table for each file, and the total.

Usage: coverage.py LEAST BUILD_DIR...   (of HV=gcov builds that have run; a line counts as reached
when any of them reached it). Fails when less than LEAST percent of the lines were reached.
"""
import json
import pathlib
import subprocess
import sys

GCOV = 'i686-linux-gnu-gcov'


def lines_of(build):
    """(file, line) -> times executed, for the files of mm/."""
    counts = {}
    notes = sorted((build / 'obj/mm').rglob('*.gcno'))
    if not notes:
        sys.exit(f'coverage: nothing was built with gcov in {build}')
    out = subprocess.run([GCOV, '--json-format', '--stdout', *map(str, notes)],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    for text in out.splitlines():
        for file in json.loads(text)['files']:
            if not file['file'].startswith('mm/'):
                continue
            for line in file['lines']:
                key = file['file'], line['line_number']
                counts[key] = counts.get(key, 0) + line['count']
    return counts


def main():
    least = float(sys.argv[1])
    counts = {}
    for build in sys.argv[2:]:
        for key, count in lines_of(pathlib.Path(build)).items():
            counts[key] = counts.get(key, 0) + count
    files = {}
    for (file, line), count in sorted(counts.items()):
        files.setdefault(file, ([], []))[count > 0].append(line)
    print(f'{"file":24} {"lines":>6} {"reached":>8} {"%":>6}  not reached')
    total = reached = 0
    for file, (missed, hit) in files.items():
        n = len(missed) + len(hit)
        total, reached = total + n, reached + len(hit)
        print(f'{file:24} {n:6} {len(hit):8} {100 * len(hit) / n:6.1f}  '
              f'{" ".join(map(str, missed))}')
    percent = 100 * reached / total
    print(f'{"total":24} {total:6} {reached:8} {percent:6.1f}')
    if percent < least:
        sys.exit(f'coverage: {percent:.1f} % of the lines of mm/ are reached, {least:g} % are wanted')


main()
