// SPDX-License-Identifier: MIT
// Between the files of drivers/pci/.
#pragma once

#include <drivers/pci.h>

// Reads the device's BARs: kind, size, and the address that it has (0: none) in resource[0..5].
// Nothing answers at these addresses meanwhile.
void pci_read_bars(struct pci_dev *pdev);

// Gives addresses of the host's windows to BARs that have none there, and notes those for which no room
// is left as unplaced.
void pci_place_bars(struct pci_host *host);
