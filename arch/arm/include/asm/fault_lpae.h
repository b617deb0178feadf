// SPDX-License-Identifier: MIT
// DFSR and IFSR with the long-descriptor format (ARM ARM DDI 0406C, B3.13.4).
#pragma once

#define FSR_STATUS             0x3f
#define FSR_TRANSLATION(level) (0x04 + (level))
#define FSR_ACCESS_FLAG(level) (0x08 + (level))
#define FSR_PERMISSION(level)  (0x0c + (level))
#define FSR_EXTERNAL           0x10
#define FSR_EXTERNAL_ASYNC     0x11
#define FSR_PARITY             0x18
#define FSR_PARITY_ASYNC       0x19
#define FSR_ALIGNMENT          0x21
#define FSR_DEBUG              0x22
