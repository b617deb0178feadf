// SPDX-License-Identifier: MIT
// Words by semihosting, where no UART is known.
#pragma once

// Writes to whoever debugs or emulates this machine; where that is nobody, nothing happens. At either
// address. QEMU: -semihosting-config enable=on.
void semihosting_puts(const char *s);

// Makes that the console. At the virtual address.
void semihosting_console(void);
