/* The least that a Cortex-M4 needs before main: a vector table, and variables in their places. */
#include <stdint.h>

extern uint32_t data_in_flash[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];

int main(void);
void stop(int32_t status);

void start(void);

void start(void)
{
    const uint32_t *from = data_in_flash;
    for (volatile uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (volatile uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
    stop(main());
}

static void fault(void)
{
    stop(1);
}

__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)stack_top, (uintptr_t)start, (uintptr_t)fault, (uintptr_t)fault,
    (uintptr_t)fault,     (uintptr_t)fault, (uintptr_t)fault,
};
