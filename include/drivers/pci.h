// SPDX-License-Identifier: MIT
// PCI: the devices of bus 0, their registers in memory and I/O space, and drivers matched by ids.
//
// boot/<arch>/pci.c provides the access to configuration space, the bus's address windows and the
// routing of its interrupts; the rest is generic. A device is a struct device (drivers/device.h): what a
// driver acquires with the functions here is released when the driver is unbound.
// Everything here may sleep and must not be called in interrupts, except where noted.
// Manual: PCI Local Bus Specification 3.0, chapter 6.
// Linux: include/linux/pci.h; pci_request_regions() etc. are managed, as after pcim_enable_device().
#pragma once

#include <drivers/device.h>

struct pci_host;

// Registers of configuration space, byte offsets (6.1, 6.2).
#define PCI_VENDOR_ID       0x00 // 16 bits; 0xffff: no device
#define PCI_DEVICE_ID       0x02 // 16
#define PCI_COMMAND         0x04 // 16
#define PCI_STATUS          0x06 // 16; a bit is cleared by writing 1 to it
#define PCI_CLASS_REVISION  0x08 // revision, and the class in the upper 24 bits
#define PCI_HEADER_TYPE     0x0e // 8
#define PCI_BASE_ADDRESS(n) (0x10 + 4 * (n))
#define PCI_INTERRUPT_LINE  0x3c // 8: written by firmware
#define PCI_INTERRUPT_PIN   0x3d // 8: 1 to 4 for INTA to INTD, 0 for none

#define PCI_COMMAND_IO       0x0001 // answers in I/O space
#define PCI_COMMAND_MEMORY   0x0002 // answers in memory space
#define PCI_COMMAND_MASTER   0x0004 // bus master: may read and write memory itself
#define PCI_COMMAND_INTX_OFF 0x0400 // does not assert its interrupt pin

#define PCI_STATUS_INTERRUPT 0x0008 // interrupt pending, even with INTX_OFF

#define PCI_DEVFN(slot, function) ((slot) << 3 | (function))
#define PCI_SLOT(devfn)           ((devfn) >> 3)
#define PCI_FUNC(devfn)           ((devfn)&7)

#define PCI_BARS      6
#define PCI_IRQ_INDEX PCI_BARS // of pci_dev.resource

struct pci_dev {
	struct device dev;
	const struct pci_host *host; // [I]
	unsigned int devfn;          // [I] slot and function
	u16 vendor, device;          // [I]
	u32 class;                   // [I] class, subclass, interface
	u8 revision, pin;            // [I] pin: 0 none, 1 INTA
	u8 unplaced;                 // [I] a bit for each BAR without an address
	struct resource
		resource[PCI_BARS + 1]; // BARs at their index, and the interrupt; flags 0: none
	char name[16];                  // "0000:00:02.0"
	struct list_head node;          // [p] of the host's devices
};

static inline struct pci_dev *to_pci_dev(const struct device *dev)
{
	return container_of(dev, struct pci_dev, dev);
}

// ---- For drivers --------------------------------------------------------------------------------

#define PCI_ANY_ID 0xffffU

struct pci_device_id {
	u16 vendor, device;
};

struct pci_driver {
	const char *name;
	const struct pci_device_id *id_table;                               // the last has vendor 0
	int (*probe)(struct pci_dev *pdev, const struct pci_device_id *id); // as device_driver's
	void (*remove)(struct pci_dev *pdev);                               // may be NULL
	struct device_driver driver; // pci_register_driver() fills it
};

extern const struct bus_type pci_bus;

// Binds the driver to the devices that its ids match. Call it once.
void pci_register_driver(struct pci_driver *drv);
void pci_unregister_driver(struct pci_driver *drv);

// The entry that matches, or NULL.
const struct pci_device_id *pci_match_id(const struct pci_device_id *ids,
					 const struct pci_dev *pdev);

// Lets the device answer at its BARs, until the driver is unbound. Returns 0; -EINVAL: a BAR has no
// address; -ENOMEM.
__must_check int pci_enable_device(struct pci_dev *pdev);

// Lets the device read and write memory itself, until the driver is unbound or calls pci_clear_master().
// Drivers with DMA often forget this.
void pci_set_master(struct pci_dev *pdev);
void pci_clear_master(struct pci_dev *pdev);

// Claims all of the device's BARs. Returns 0, or -EBUSY: part of one is claimed; then claims none.
__must_check int pci_request_regions(struct pci_dev *pdev, const char *name);

// Maps a BAR in memory space, at most max bytes of it (0: all). NULL: no such BAR, one in I/O space, or
// no memory.
__must_check void __iomem *pci_iomap(struct pci_dev *pdev, unsigned int bar, size_t max);

// Size of a BAR in bytes; 0: none.
resource_size_t pci_resource_len(const struct pci_dev *pdev, unsigned int bar);

// Access configuration space. `where`: the register's offset, aligned to its size. Any context.
u8 pci_read_config_byte(const struct pci_dev *pdev, unsigned int where);
u16 pci_read_config_word(const struct pci_dev *pdev, unsigned int where);
u32 pci_read_config_dword(const struct pci_dev *pdev, unsigned int where);
void pci_write_config_word(const struct pci_dev *pdev, unsigned int where, u16 value);
void pci_write_config_dword(const struct pci_dev *pdev, unsigned int where, u32 value);

// ---- For the machine ----------------------------------------------------------------------------

// A range of addresses that a bridge forwards to its bus. res: the CPU's addresses, memory or ports.
struct pci_window {
	struct resource res; // flags 0: none
	u64 bus;             // the bus address of res.start
	// The part of res for BARs without an address from firmware; both 0: all of res.
	resource_size_t room_start, room_end;
};

struct pci_host {
	const char *name; // of its windows: "PCI Bus 0000:00"
	// size: 1, 2 or 4. Any context.
	u32 (*read)(const struct pci_host *host, unsigned int devfn, unsigned int where, int size);
	void (*write)(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		      u32 value);
	// The interrupt that arrives for a device's pin (1 to 4), or a negative errno.
	int (*map_irq)(const struct pci_host *host, const struct pci_dev *pdev);
	void *data; // for these three functions
	struct pci_window mem, io;
	s64 dma_offset;           // bus address - physical address, for its devices
	struct list_head devices; // [p] in order of slot and function
};

// Scans the bus, assigns addresses to BARs that firmware has left without one, and registers the
// devices. Call once per host. Returns the number of devices; or -EBUSY (a window overlaps another
// resource), -ENOMEM or -ENOSPC (too many hosts), and undoes everything.
__must_check int pci_host_register(struct pci_host *host);
// Unregisters and frees the devices, and removes the windows.
void pci_host_unregister(struct pci_host *host);

// The next device after `from` (NULL: the first) with these ids or PCI_ANY_ID; NULL after the last.
struct pci_dev *pci_get_device(u16 vendor, u16 device, const struct pci_dev *from);

// Lists all devices, similar to lspci -n -v.
void pci_show(void (*line)(const char *text, void *arg), void *arg);
