/* Files and exit of the machine that runs the emulator: Arm's "Semihosting for AArch32 and AArch64", 2.0. */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stdint.h>

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { MODE_READ_BYTES = 1, MODE_WRITE_BYTES = 5 };

static inline int32_t semihosting(int32_t operation, const void *arguments)
{
    register int32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static inline int32_t open_file(const char *name, uint32_t mode)
{
    uint32_t length = 0;
    while (name[length] != '\0') {
        length++;
    }
    const uint32_t arguments[3] = {(uint32_t)(uintptr_t)name, mode, length};
    return semihosting(SYS_OPEN, arguments);
}

/* Bytes of `length` that were not transferred. */
static inline int32_t transfer(int32_t operation, int32_t file, const void *bytes, uint32_t length)
{
    const uint32_t arguments[3] = {(uint32_t)file, (uint32_t)(uintptr_t)bytes, length};
    return semihosting(operation, arguments);
}

static inline void exit_with(int32_t status)
{
    const uint32_t arguments[2] = {0x20026 /* ADP_Stopped_ApplicationExit */, (uint32_t)status};
    semihosting(SYS_EXIT_EXTENDED, arguments);
    for (;;) {
    }
}

#endif
