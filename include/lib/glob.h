// SPDX-License-Identifier: MIT
// Shell-style patterns: * ? [a-z] [!a-z], as in glob(7); '/' is an ordinary character.
#pragma once

#include <lib/types.h>

// Whether all of s matches the pattern. Not recursive. A '[' without a closing ']' is literal.
bool glob_match(const char *pattern, const char *s);
