// SPDX-License-Identifier: MIT
// Included first in files that also run with the MMU off: declares that every symbol is in this image, so
// the compiler addresses it relative to the program counter.
#pragma once
#pragma GCC visibility push(hidden)
