// SPDX-License-Identifier: MIT
// Ways to configuration space, for struct pci_host; each driver of one is linked where it is needed.
#pragma once

#include <drivers/pci.h>

// Memory: 4 KB for each function of bus 0, of which host->data is the mapped beginning (drivers/pci/ecam.c).
#define PCI_ECAM_BUS_SIZE 0x100000
u32 pci_ecam_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size);
void pci_ecam_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		    u32 value);

// A PC's ports: an address is written to one, the register read or written at the other
// (drivers/pci/conf1.c).
#define PCI_CONF1_PORT  0xcf8
#define PCI_CONF1_PORTS 8
u32 pci_conf1_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size);
void pci_conf1_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		     u32 value);
// Whether there is such a thing.
bool pci_conf1_present(void);
