// SPDX-License-Identifier: MIT
// For tests that provoke a report: what the kernel logged meanwhile.
#pragma once

// From begin to end nothing reaches the console: the report is expected.
void log_watch_begin(void);
void log_watch_end(void);

// How many lines with this text were logged since the last begin.
int log_seen(const char *text);
