/* Preloaded into chronyd: a world of its own, in which no time passes while chronyd computes and none is waited for when
   it sleeps. It has this machine's clock, which chronyd sets by adjtimex(), time servers at the other end of UDP sockets and a PTP
   clock behind ioctl(). No packet leaves the process and no clock of the host's is touched: a day passes in seconds, and the
   same seed gives the same day.

   $WORLD_SAYS describes it, a line each; times and delays are in seconds, those of "at" count from chronyd's start:
       seed N | length S | offset S | rate PPM | server ADDRESS DELAY JITTER | clock JITTER
       at S lost|queue|wrong|pause WHO FOR VALUE
   $WORLD_SEES gets a line "error TIME SECONDS" for each second and "step TIME SECONDS" for each step of the clock. */

#include "world.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <unistd.h>

#define WAKE 60e-6 /* from a timer's end until the process runs */

struct happening { double at, lasts, value; char kind[8], who[32]; };

struct place servers[MOST];
int server_count;
struct file open_files[FD_SETSIZE];
double now, error, clock_jitter;

static struct happening happenings[MOST];
static int happening_count;
static FILE *sees;

static double sampled, length = 600, own_rate;
static struct timex kernel = {.tick = 10000, .status = STA_UNSYNC, .precision = 1, .tolerance = 32768000};
static uint64_t state = 1;

double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((state >> 11) + 0.5) / 9007199254740992.0;
}

double exponential(double mean) { return -mean * log(uniform()); }
static double gaussian(void) { return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform()); }

/* How many seconds the clock gains in a true one. */
static double rate(void)
{
    double set = (kernel.tick - 10000) * 1e-4 + kernel.freq / 65536e6;
    return (1 + own_rate) * (1 + set) - 1;
}

/* The sum of what happens of this kind to somebody at this moment. */
double happens(const char *kind, const char *who, double at)
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

void pass_until(double then)
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

struct timespec timespec_of(double seconds)
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
    int fd = -1;
    until = next_arrival(count, readable, until, &fd);
    if (isinf(until))
        until = length;
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
