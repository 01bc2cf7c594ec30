// SPDX-License-Identifier: GPL-2.0
/*
 * A PTP clock that names itself as Hyper-V's does. It appears when the host's time, in nanoseconds, is written to
 * /sys/module/ptp_standin_hyperv/parameters/now, and from then on counts by the raw counter, which chronyd cannot steer.
 * That is guest time: it pauses with the guest. Written again, the host's time moves the clock only forth, and only if
 * it is ahead by more than a good reading can err: so a clock keeps host time across a pause, as Hyper-V's own does by
 * the samples that its host sends.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/timekeeping.h>

static struct ptp_clock *clock;
static s64 epoch_ns;

/* The host's time is late when it reaches the guest, by a few milliseconds at best, and never early. */
#define READING_ERROR_NS (20 * NSEC_PER_MSEC)

static int standin_gettime(struct ptp_clock_info *info, struct timespec64 *ts)
{
	*ts = ns_to_timespec64(READ_ONCE(epoch_ns) + ktime_get_raw_ns());
	return 0;
}

static int standin_settime(struct ptp_clock_info *info, const struct timespec64 *ts)
{
	return -EOPNOTSUPP;
}

static int standin_adjfine(struct ptp_clock_info *info, long scaled_ppm)
{
	return -EOPNOTSUPP;
}

static int standin_adjtime(struct ptp_clock_info *info, s64 delta)
{
	return -EOPNOTSUPP;
}

static int standin_enable(struct ptp_clock_info *info, struct ptp_clock_request *request, int on)
{
	return -EOPNOTSUPP;
}

static struct ptp_clock_info standin = {
	.name = "hyperv",
	.owner = THIS_MODULE,
	.gettime64 = standin_gettime,
	.settime64 = standin_settime,
	.adjfine = standin_adjfine,
	.adjtime = standin_adjtime,
	.enable = standin_enable,
};

static int set_now(const char *text, const struct kernel_param *param)
{
	s64 now, raw = ktime_get_raw_ns();
	int error = kstrtos64(text, 0, &now);

	if (error)
		return error;
	if (clock && now - raw - epoch_ns < READING_ERROR_NS)
		return 0;
	WRITE_ONCE(epoch_ns, now - raw);
	if (clock)
		return 0;
	clock = ptp_clock_register(&standin, NULL);
	if (IS_ERR_OR_NULL(clock)) {
		error = clock ? PTR_ERR(clock) : -ENODEV;
		clock = NULL;
	}
	return error;
}

static const struct kernel_param_ops now_ops = { .set = set_now };
module_param_cb(now, &now_ops, NULL, 0200);

static int __init standin_init(void)
{
	return 0;
}

static void __exit standin_exit(void)
{
	if (clock)
		ptp_clock_unregister(clock);
}

module_init(standin_init);
module_exit(standin_exit);
MODULE_DESCRIPTION("A stand-in for the Hyper-V clock");
MODULE_LICENSE("GPL");
