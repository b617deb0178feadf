// SPDX-License-Identifier: MIT
// QEMU's educational device.
//
// Owns: its devices, and their list. Locks: [I] immutable after the probe
// [m] edu->mutex  [i] also written by the interrupt handler  [d] probe and remove run one at a time
// Manual: QEMU, docs/specs/edu.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <drivers/misc/edu.h>
#include <kernel/mutex.h>
#include <kernel/time.h>
#include <kernel/wait.h>

// Registers, byte offsets: 32 bits each, the DMA ones 64.
#define EDU_ID         0x00
#define EDU_LIVENESS   0x04
#define EDU_FACTORIAL  0x08
#define EDU_STATUS     0x20
#define EDU_INT_STATUS 0x24
#define EDU_INT_RAISE  0x60
#define EDU_INT_ACK    0x64
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_TARGET 0x88
#define EDU_DMA_COUNT  0x90
#define EDU_DMA_CMD    0x98

#define ID_MASK       0x0000ffff
#define ID_EDU        0x00ed
#define STATUS_INT    0x80  // interrupt when the factorial is ready
#define INT_FACTORIAL 0x001 // of EDU_INT_STATUS
#define INT_DMA       0x100
#define CMD_START     0x01
#define CMD_TO_RAM    0x02
#define CMD_INT       0x04

#define BUFFER 0x40000 // address of the device's own buffer, for its DMA engine

// Tunable. A transfer takes 100 ms of guest time.
#define DEVICE_TICKS    (2 * HZ)
#define FACTORIAL_TRIES 5000000

struct edu {
	struct list_head node; // [d]
	struct pci_dev *pdev;  // [I]
	void __iomem *regs;    // [I]
	bool has_dma;          // [I]
	struct mutex mutex;    // one user of the registers
	struct wait_queue_head wait;
	u32 raised;               // [i] interrupt bits from the device, not yet consumed
	unsigned long interrupts; // [i]
};

static struct {
	struct list_head list; // [d]
} edus = { .list = LIST_HEAD_INIT(edus.list) };

u64 edu_dma_mask = DMA_BIT_MASK(28);

// ---- Interrupts -----------------------------------------------------------------------------------

static irqreturn_t edu_irq(int irq, void *data)
{
	struct edu *edu = data;
	const u32 bits = readl(edu->regs + EDU_INT_STATUS);

	if (!bits)
		return IRQ_NONE;
	writel(bits, edu->regs + EDU_INT_ACK);
	WRITE_ONCE(edu->raised, edu->raised | bits);
	WRITE_ONCE(edu->interrupts, edu->interrupts + 1);
	wake_up(&edu->wait);
	return IRQ_HANDLED;
}

static bool is_raised(const struct edu *edu, u32 bits)
{
	return (READ_ONCE(edu->raised) & bits) == bits;
}

static void forget_raised(struct edu *edu, u32 bits)
{
	const unsigned long flags = local_irq_save();

	edu->raised &= ~bits;
	local_irq_restore(flags);
}

// 0 or -ETIMEDOUT.
static int wait_raised(struct edu *edu, u32 bits)
{
	return wait_event_timeout(edu->wait, is_raised(edu, bits), DEVICE_TICKS) ? 0 : -ETIMEDOUT;
}

int edu_raise(struct edu *edu, u32 bits)
{
	int err;

	if (bits == 0)
		return -EINVAL;
	mutex_lock(&edu->mutex);
	forget_raised(edu, bits);
	writel(bits, edu->regs + EDU_INT_RAISE);
	err = wait_raised(edu, bits);
	mutex_unlock(&edu->mutex);
	return err;
}

// ---- Computing ------------------------------------------------------------------------------------

u32 edu_invert(struct edu *edu, u32 value)
{
	u32 result;

	mutex_lock(&edu->mutex);
	writel(value, edu->regs + EDU_LIVENESS);
	result = readl(edu->regs + EDU_LIVENESS);
	mutex_unlock(&edu->mutex);
	return result;
}

// A thread of the host computes, independent of the guest's clock. So the timeout counts polls instead of
// guest time.
int edu_factorial(struct edu *edu, u32 n, u32 *result)
{
	int err;

	mutex_lock(&edu->mutex);
	forget_raised(edu, INT_FACTORIAL);
	writel(STATUS_INT, edu->regs + EDU_STATUS);
	writel(n, edu->regs + EDU_FACTORIAL);
	for (int i = 0; i < FACTORIAL_TRIES && !is_raised(edu, INT_FACTORIAL); i++)
		readl(edu->regs + EDU_STATUS);
	err = is_raised(edu, INT_FACTORIAL) ? 0 : -ETIMEDOUT;
	writel(0, edu->regs + EDU_STATUS);
	*result = readl(edu->regs + EDU_FACTORIAL);
	mutex_unlock(&edu->mutex);
	return err;
}

// ---- Copying --------------------------------------------------------------------------------------

static void write_wide(struct edu *edu, unsigned int reg, u64 value)
{
	writel((u32)value, edu->regs + reg);
	writel((u32)(value >> 32), edu->regs + reg + 4);
}

int edu_transfer(struct edu *edu, dma_addr_t addr, size_t offset, size_t size,
		 enum dma_data_direction dir)
{
	const bool to_ram = dir == DMA_FROM_DEVICE;
	int err;

	if (size == 0 || size > EDU_BUFFER_SIZE || offset > EDU_BUFFER_SIZE - size ||
	    (dir != DMA_TO_DEVICE && dir != DMA_FROM_DEVICE))
		return -EINVAL;
	if (!edu->has_dma)
		return -ENODEV;
	mutex_lock(&edu->mutex);
	forget_raised(edu, INT_DMA);
	write_wide(edu, EDU_DMA_SOURCE, to_ram ? BUFFER + offset : addr);
	write_wide(edu, EDU_DMA_TARGET, to_ram ? addr : BUFFER + offset);
	write_wide(edu, EDU_DMA_COUNT, size);
	writel(CMD_START | CMD_INT | (to_ram ? CMD_TO_RAM : 0), edu->regs + EDU_DMA_CMD);
	err = wait_raised(edu, INT_DMA);
	mutex_unlock(&edu->mutex);
	return err;
}

// ---- The driver -----------------------------------------------------------------------------------

struct edu *edu_first(void)
{
	return list_empty(&edus.list) ? NULL : list_first_entry(&edus.list, struct edu, node);
}

struct device *edu_device(struct edu *edu)
{
	return &edu->pdev->dev;
}

bool edu_has_dma(const struct edu *edu)
{
	return edu->has_dma;
}

unsigned long edu_interrupts(const struct edu *edu)
{
	return READ_ONCE(edu->interrupts);
}

// Checks that the registers behave like an edu's. Returns 0 or -ENODEV.
static int check_alive(struct edu *edu)
{
	const u32 id = readl(edu->regs + EDU_ID);

	if ((id & ID_MASK) != ID_EDU || edu_invert(edu, 0x12345678) != ~0x12345678U) {
		dev_err(edu_device(edu), "does not behave as an edu: id %#x\n", id);
		return -ENODEV;
	}
	dev_info(edu_device(edu), "edu version %u.%u\n", id >> 24, id >> 16 & 0xff);
	return 0;
}

static void set_up_dma(struct edu *edu)
{
	edu->has_dma = dma_set_mask(edu_device(edu), edu_dma_mask) == 0;
	if (edu->has_dma)
		pci_set_master(edu->pdev);
	else
		dev_warn(edu_device(edu),
			 "no DMA: the address bits %#llx do not reach ZONE_DMA here (QEMU says "
			 "dma_mask=, we edu.dma_mask=)\n",
			 edu_dma_mask);
}

static int map_registers(struct edu *edu)
{
	int err = pci_enable_device(edu->pdev);

	if (!err)
		err = pci_request_regions(edu->pdev, "edu");
	if (err)
		return err;
	edu->regs = pci_iomap(edu->pdev, 0, 0);
	return edu->regs ? 0 : -ENOMEM;
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const int irq = device_get_irq(&pdev->dev, 0);
	struct edu *edu;
	int err;

	if (irq < 0)
		return irq;
	edu = devm_kzalloc(&pdev->dev, sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;
	edu->pdev = pdev;
	mutex_init(&edu->mutex);
	init_waitqueue_head(&edu->wait);
	err = map_registers(edu);
	if (!err)
		err = check_alive(edu);
	if (!err)
		err = devm_request_irq(&pdev->dev, irq, edu_irq, 0, "edu", edu);
	if (err)
		return err;
	set_up_dma(edu);
	dev_set_drvdata(&pdev->dev, edu);
	list_add_tail(&edu->node, &edus.list);
	return 0;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct edu *edu = dev_get_drvdata(&pdev->dev);

	list_del(&edu->node);
}

static const struct pci_device_id edu_ids[] = { { EDU_VENDOR_ID, EDU_DEVICE_ID }, { 0, 0 } };

struct pci_driver edu_driver = {
	.name = "edu", .id_table = edu_ids, .probe = edu_probe, .remove = edu_remove
};
