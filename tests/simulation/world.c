/* Preloaded into chronyd: a world of its own, in which no time passes while chronyd computes and none is waited for when
   it sleeps. It has this machine's clock, which chronyd sets by adjtimex(), time servers at the other end of UDP sockets and a PTP
   clock behind ioctl(). No packet leaves the process and no clock of the host's is touched: a day passes in seconds, and the
   same seed gives the same day.

   $WORLD_SAYS describes it, a line each; times and delays are in seconds, those of "at" count from chronyd's start:
       seed N | length S | offset S | rate PPM | server ADDRESS DELAY JITTER | clock JITTER
       at S lost|queue|wrong|pause WHO FOR VALUE
   $WORLD_SEES gets a line "error TIME SECONDS" for each second and "step TIME SECONDS" for each step of the clock. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define BEGAN 1800000000 /* when chronyd starts, by the true time: 2027 */
#define NTP_EPOCH 2208988800u
#define MOST 64
#define WAKE 60e-6 /* from a timer's end until the process runs */
#define READ 1e-6  /* what a reading of the PTP clock takes, each way */

struct place { char name[32]; struct sockaddr_in at; double delay, jitter; };
struct happening { double at, lasts, value; char kind[8], who[32]; };
struct packet { int fd; double arrives; uint8_t bytes[48]; };

static struct place servers[MOST];
static struct happening happenings[MOST];
static struct packet packets[MOST];
static int server_count, happening_count, packet_count;
/* What a descriptor is, where it is one of this world's. */
static struct { enum { HOSTS, SOCKET, CLOCK } is; int server; } open_files[FD_SETSIZE];
static FILE *sees;

/* True seconds since chronyd's start, and by how much this machine's clock is ahead of them. */
static double now, error, sampled, length = 600;
static double own_rate, clock_jitter, clock_error, clock_changes;
static struct timex kernel = {.tick = 10000, .status = STA_UNSYNC, .precision = 1, .tolerance = 32768000};
static uint64_t state = 1;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((state >> 11) + 0.5) / 9007199254740992.0;
}

static double exponential(double mean) { return -mean * log(uniform()); }
static double gaussian(void) { return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform()); }

/* How many seconds the clock gains in a true one. */
static double rate(void)
{
    double set = (kernel.tick - 10000) * 1e-4 + kernel.freq / 65536e6;
    return (1 + own_rate) * (1 + set) - 1;
}

/* The sum of what happens of this kind to somebody at this moment. */
static double happens(const char *kind, const char *who, double at)
{
    double sum = 0;
    for (struct happening *one = happenings; one < happenings + happening_count; one++)
        if (!strcmp(one->kind, kind) && !strcmp(one->who, who) && at >= one->at && at < one->at + one->lasts)
            sum += one->value;
    return sum;
}

/* The machine stands still, and its clock with it, from the moment of a pause on. */
static double next_pause(double least)
{
    double next = INFINITY;
    for (struct happening *one = happenings; one < happenings + happening_count; one++)
        if (!strcmp(one->kind, "pause") && one->at >= least && one->at < next)
            next = one->at;
    return next;
}

static void pass_until(double then)
{
    while (now < then) {
        double pause = next_pause(now), until = fmin(then, fmin(sampled + 1, pause));
        error += (until - now) * rate();
        now = until;
        if (now >= sampled + 1) {
            sampled += 1;
            /* The oscillator's rate walks at random. */
            own_rate += 1e-9 * gaussian();
            fprintf(sees, "error %.0f %.9f\n", sampled, error);
        }
        if (now == pause) {
            double lasts = happens("pause", "machine", now);
            now += lasts;
            error -= lasts;
            then += lasts;
            sampled = floor(now);
        }
    }
    if (now >= length) {
        fclose(sees);
        _exit(0);
    }
}

__attribute__((constructor)) static void read_description(void)
{
    FILE *says = fopen(getenv("WORLD_SAYS"), "r");
    char line[128];
    sees = fopen(getenv("WORLD_SEES"), "w");
    while (says && fgets(line, sizeof line, says)) {
        struct place *place = &servers[server_count];
        struct happening *one = &happenings[happening_count];
        unsigned seed;
        if (sscanf(line, "server %31s %lf %lf", place->name, &place->delay, &place->jitter) == 3)
            server_count += inet_pton(AF_INET, place->name, &place->at.sin_addr) == 1;
        if (sscanf(line, "at %lf %7s %31s %lf %lf", &one->at, one->kind, one->who, &one->lasts, &one->value) == 5)
            happening_count++;
        if (sscanf(line, "seed %u", &seed) == 1)
            state += seed * 0x9E3779B97F4A7C15u;
        sscanf(line, "length %lf", &length);
        sscanf(line, "offset %lf", &error);
        sscanf(line, "clock %lf", &clock_jitter);
        if (sscanf(line, "rate %lf", &own_rate) == 1)
            own_rate *= 1e-6;
    }
    if (!says || !sees || server_count == MOST || happening_count == MOST)
        abort();
    fclose(says);
}

/* Time */

static struct timespec timespec_of(double seconds)
{
    double whole = floor(seconds);
    return (struct timespec){(time_t) (BEGAN + whole), (long) ((seconds - whole) * 1e9)};
}

int clock_gettime(clockid_t which, struct timespec *out)
{
    (void) which;
    pass_until(now + 1e-7);
    *out = timespec_of(now + error);
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec exact;
    (void) zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    *out = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out)
{
    time_t whole = BEGAN + (time_t) floor(now + error);
    return out ? (*out = whole) : whole;
}

/* How chronyd steps a clock whose kernel has no ADJ_SETOFFSET, as this one. */
int settimeofday(const struct timeval *to, const struct timezone *zone)
{
    double by = to->tv_sec - BEGAN + to->tv_usec * 1e-6 - now - error;
    (void) zone;
    error += by;
    fprintf(sees, "step %.3f %.9f\n", now, by);
    return 0;
}

int adjtimex(struct timex *set)
{
    if (set->modes == ADJ_OFFSET_SINGLESHOT || set->modes == ADJ_OFFSET_SS_READ)
        return set->offset = 0;
    if (set->modes & ADJ_FREQUENCY)
        kernel.freq = set->freq;
    if (set->modes & ADJ_TICK)
        kernel.tick = set->tick;
    if (set->modes & ADJ_STATUS)
        kernel.status = set->status;
    set->freq = kernel.freq;
    set->tick = kernel.tick;
    set->status = kernel.status;
    set->offset = 0;
    return kernel.status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}

int select(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
           struct timeval *restrict timeout)
{
    double wait = timeout ? timeout->tv_sec + timeout->tv_usec * 1e-6 : INFINITY;
    double until = now + wait / (1 + rate()) + WAKE;
    struct packet *first = NULL;
    for (struct packet *one = packets; one < packets + packet_count; one++)
        if (one->fd < count && readable && FD_ISSET(one->fd, readable) && one->arrives < until
            && (!first || one->arrives < first->arrives))
            first = one;
    if (first)
        until = first->arrives + WAKE / 4;
    if (isinf(until))
        until = length;
    int fd = first ? first->fd : -1;
    pass_until(until);
    if (readable)
        FD_ZERO(readable);
    if (writable)
        FD_ZERO(writable);
    if (failed)
        FD_ZERO(failed);
    if (fd >= 0)
        FD_SET(fd, readable);
    return fd >= 0;
}

/* Chance */

ssize_t getrandom(void *out, size_t size, unsigned flags)
{
    (void) flags;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *) out)[i] = (uint8_t) (uniform() * 256);
    return size;
}

long random(void) { return (long) (uniform() * 2147483648.0); }
void srandom(unsigned seed) { (void) seed; }

/* Time servers */

/* The kernel's time stamps are of the host's clock: chronyd takes its own where it gets none. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    if (level == SOL_SOCKET && (name == SO_TIMESTAMP || name == SO_TIMESTAMPNS || name == SO_TIMESTAMPING)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return syscall(SYS_setsockopt, fd, level, name, value, size);
}

int connect(int fd, const struct sockaddr *to, socklen_t size)
{
    const struct sockaddr_in *at = (const void *) to;
    (void) size;
    for (int i = 0; i < server_count && to->sa_family == AF_INET; i++)
        if (at->sin_addr.s_addr == servers[i].at.sin_addr.s_addr) {
            servers[i].at = *at;
            open_files[fd].is = SOCKET;
            open_files[fd].server = i;
            return 0;
        }
    errno = ENETUNREACH;
    return -1;
}

static void forget(int fd)
{
    for (int i = packet_count - 1; i >= 0; i--)
        if (packets[i].fd == fd)
            packets[i] = packets[--packet_count];
}

int close(int fd)
{
    if (fd >= 0 && fd < FD_SETSIZE) {
        open_files[fd].is = HOSTS;
        forget(fd);
    }
    return syscall(SYS_close, fd);
}

static void put_time(uint8_t *out, double seconds)
{
    double whole = floor(seconds);
    uint32_t words[2] = {htonl((uint32_t) (BEGAN + NTP_EPOCH + (int64_t) whole)),
                         htonl((uint32_t) ((seconds - whole) * 4294967296.0))};
    memcpy(out, words, 8);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    const struct iovec *sent = message->msg_iov;
    (void) flags;
    if (fd < 0 || fd >= FD_SETSIZE || open_files[fd].is != SOCKET || sent->iov_len < 48 || packet_count == MOST) {
        errno = ENETUNREACH;
        return -1;
    }
    struct place *server = &servers[open_files[fd].server];
    double up = server->delay + exponential(server->jitter) + happens("queue", server->name, now);
    double down = server->delay + exponential(server->jitter);
    if (happens("lost", server->name, now) == 0) {
        struct packet *answer = &packets[packet_count++];
        double told = now + up + happens("wrong", server->name, now);
        *answer = (struct packet){.fd = fd, .arrives = now + up + down};
        const uint8_t *asked = sent->iov_base;
        /* Version 4, a server's; of stratum 1, with a root dispersion of 0.1 ms. */
        const uint8_t head[] = {0x24, 1, asked[2], (uint8_t) -23, 0, 0, 0, 0, 0, 0, 0, 7, 'S', 'I', 'M', 0};
        memcpy(answer->bytes, head, sizeof head);
        put_time(answer->bytes + 16, told - 1);
        memcpy(answer->bytes + 24, asked + 40, 8);
        put_time(answer->bytes + 32, told);
        put_time(answer->bytes + 40, told);
    }
    return sent->iov_len;
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    (void) timeout;
    for (int i = 0; i < packet_count && count && !(flags & MSG_ERRQUEUE); i++)
        if (packets[i].fd == fd && packets[i].arrives <= now) {
            struct msghdr *message = &messages->msg_hdr;
            memcpy(message->msg_iov->iov_base, packets[i].bytes, 48);
            memcpy(message->msg_name, &servers[open_files[fd].server].at, sizeof(struct sockaddr_in));
            message->msg_namelen = sizeof(struct sockaddr_in);
            message->msg_controllen = 0;
            message->msg_flags = 0;
            messages->msg_len = 48;
            packets[i] = packets[--packet_count];
            return 1;
        }
    errno = EAGAIN;
    return -1;
}

/* The PTP clock */

static int is_clock(const char *path) { return !strncmp(path, "/dev/ptp", 8); }

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    int fd = syscall(SYS_openat, AT_FDCWD, is_clock(path) ? "/dev/null" : path, flags, mode);
    if (fd >= 0 && fd < FD_SETSIZE && is_clock(path))
        open_files[fd].is = CLOCK;
    return fd;
}

int __open_2(const char *path, int flags) { return open(path, flags); }

/* By a driver that knows only gettime64, as Hyper-V's: the core reads the clock between readings of this machine's. */
int ioctl(int fd, unsigned long request, ...)
{
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (fd < 0 || fd >= FD_SETSIZE || open_files[fd].is != CLOCK)
        return syscall(SYS_ioctl, fd, request, argument);
    if (request == PTP_CLOCK_GETCAPS) {
        memset(argument, 0, sizeof(struct ptp_clock_caps));
        return 0;
    }
    if (request != PTP_SYS_OFFSET || happens("lost", "clock", now) != 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    /* The host tells it the time every 5 seconds. */
    if (now >= clock_changes) {
        clock_changes = now + 5;
        clock_error = exponential(clock_jitter);
    }
    struct ptp_sys_offset *read = argument;
    for (unsigned i = 0; i < 2 * read->n_samples + 1; i++) {
        int is_own = i % 2 == 0;
        pass_until(now + READ + exponential(READ / 4));
        double seconds = is_own ? now + error : now - clock_error + happens("wrong", "clock", now);
        struct timespec exact = timespec_of(seconds);
        read->ts[i] = (struct ptp_clock_time){.sec = exact.tv_sec, .nsec = (uint32_t) exact.tv_nsec};
    }
    return 0;
}
