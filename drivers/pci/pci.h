// SPDX-License-Identifier: MIT
// Shared by the files of drivers/pci/.
#pragma once

#include <drivers/pci.h>

// Reads the device's BARs into resource[0..5]: kind, size and current address (0: none). The device does
// not answer at these addresses meanwhile.
void pci_read_bars(struct pci_dev *pdev);

// Assigns addresses in the host's windows to BARs without one. Without room, marks a BAR as unplaced.
void pci_place_bars(struct pci_host *host);
