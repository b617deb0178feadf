// SPDX-License-Identifier: MIT
// A suite without tests, so that the runner can be seen to notice (tests/harness/).

#include <kernel/ktest.h>

SUITE("_empty");
