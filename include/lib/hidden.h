// SPDX-License-Identifier: MIT
// Included before everything else in files that also run with the MMU off: every symbol is part of
// this one image, so the compiler may reach it relative to the program counter.
#pragma once
#pragma GCC visibility push(hidden)
