/* A time server for a guest whose time is not the host's: NTP as RFC 5905 has it, with the raw counter's time, which chronyd
   neither steps nor steers. Its first argument is its address, the second one the time in seconds at which the kernel began. */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* From NTP's epoch, 1900, to Unix's. */
#define NTP_EPOCH_S 2208988800UL
#define CLIENT 3
#define SERVER 4
#define STRATUM 3
#define PRECISION -20
/* A millisecond, in units of 2^-16 s. */
#define DISPERSION 66

static uint64_t began;

static void put_time(uint8_t *at)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    uint32_t words[] = {
        htonl((uint32_t) (began + NTP_EPOCH_S + now.tv_sec)),
        htonl((uint32_t) (((uint64_t) now.tv_nsec << 32) / 1000000000)),
    };
    memcpy(at, words, sizeof words);
}

int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(123)}, client;
    int server = socket(AF_INET, SOCK_DGRAM, 0);
    if (count != 3 || inet_pton(AF_INET, arguments[1], &address.sin_addr) != 1)
        return 2;
    began = strtoull(arguments[2], NULL, 10);
    if (server < 0 || bind(server, (struct sockaddr *) &address, sizeof address)) {
        perror("listening as the time server");
        return 1;
    }
    for (;;) {
        uint8_t question[1024], answer[48] = {0};
        socklen_t length = sizeof client;
        ssize_t got = recvfrom(server, question, sizeof question, 0, (struct sockaddr *) &client, &length);
        if (got < 48 || (question[0] & 7) != CLIENT)
            continue;
        put_time(answer + 32);
        memcpy(answer + 16, answer + 32, 8);
        answer[0] = (question[0] & 0x38) | SERVER;
        answer[1] = STRATUM;
        answer[2] = question[2];
        answer[3] = (uint8_t) PRECISION;
        answer[10] = DISPERSION >> 8;
        answer[11] = DISPERSION & 0xff;
        /* TEST-NET-1: nobody's address. */
        inet_pton(AF_INET, "192.0.2.1", answer + 12);
        memcpy(answer + 24, question + 40, 8);
        put_time(answer + 40);
        sendto(server, answer, sizeof answer, 0, (struct sockaddr *) &client, length);
    }
}
