// SPDX-License-Identifier: MIT
// Error numbers, with Linux's values (the same on ARM EABI and i386). See errno(3).
#pragma once

#define EPERM     1
#define ENOENT    2
#define ESRCH     3
#define EIO       5
#define E2BIG     7
#define EAGAIN    11
#define ENOMEM    12
#define EFAULT    14
#define EBUSY     16
#define EEXIST    17
#define ENODEV    19
#define EINVAL    22
#define ENOSPC    28
#define ERANGE    34
#define EDEADLK   35
#define ENOSYS    38
#define ETIMEDOUT 110
