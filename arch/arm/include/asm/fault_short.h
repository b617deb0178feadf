// SPDX-License-Identifier: MIT
// DFSR and IFSR with the short-descriptor format (ARM ARM DDI 0406C, B3.13.3). The status has five bits:
// 10 and 3:0.
#pragma once

#define FSR_STATUS             0x40f
#define FSR_TRANSLATION(level) ((level) == 1 ? 0x05 : 0x07)
#define FSR_ACCESS_FLAG(level) ((level) == 1 ? 0x03 : 0x06)
#define FSR_PERMISSION(level)  ((level) == 1 ? 0x0d : 0x0f)
#define FSR_EXTERNAL           0x008
#define FSR_EXTERNAL_ASYNC     0x406
#define FSR_PARITY             0x409
#define FSR_PARITY_ASYNC       0x408
#define FSR_ALIGNMENT          0x001
#define FSR_DEBUG              0x002
