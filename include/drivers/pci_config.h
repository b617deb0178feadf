// SPDX-License-Identifier: MIT
// Access methods for configuration space, for struct pci_host. Each machine links only the one it needs.
#pragma once

#include <drivers/pci.h>

// As memory: 4 KB for each function of bus 0, mapped at host->data (drivers/pci/ecam.c).
#define PCI_ECAM_BUS_SIZE 0x100000
u32 pci_ecam_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size);
void pci_ecam_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		    u32 value);

// A PC's ports: one selects the register, the other reads or writes it (drivers/pci/conf1.c).
#define PCI_CONF1_PORT  0xcf8
#define PCI_CONF1_PORTS 8
u32 pci_conf1_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size);
void pci_conf1_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		     u32 value);
// Whether the machine has these ports.
bool pci_conf1_present(void);
