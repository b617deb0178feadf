// SPDX-License-Identifier: MIT
// For tests of drivers: whose a resource is.
#pragma once

#include <mm/resource.h>

// Whether a driver has claimed something inside of its device, anywhere below this tree of resources.
bool has_claimed(const struct resource *root, const char *driver);
