/* Prepares the pictures in pictures.bin (height and width as int32, then their bytes); for each of them the ticks that it
 * took, one byte that says whether there was ink, and the image go to answers.bin. */
#include "preparation.h"
#include "semihosting.h"

#define TIMER_CONTROL (*(volatile uint32_t *)0x40000000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004u)
#define MAX_PICTURE_BYTES (1024u * 1024u)

void stop(int32_t status);
int main(void);
void *memset(void *to, int value, size_t count);

void stop(int32_t status)
{
    exit_with(status);
}

/* There is no C library; the compiler makes calls of it nevertheless. */
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int value, size_t count)
{
    for (uint8_t *byte = to; count > 0; count--) {
        *byte++ = (uint8_t)value;
    }
    return to;
}

int main(void)
{
    static uint8_t picture[MAX_PICTURE_BYTES], image[PREPARATION_IMAGE_BYTES];
    static preparation_memory memory;
    int32_t size[2];
    const int32_t pictures = open_file("pictures.bin", MODE_READ_BYTES);
    const int32_t answers = open_file("answers.bin", MODE_WRITE_BYTES);
    TIMER_VALUE = UINT32_MAX;
    TIMER_CONTROL = 1;
    while (transfer(SYS_READ, pictures, size, sizeof size) == 0) {
        const uint32_t count = (uint32_t)size[0] * (uint32_t)size[1];
        if (count > sizeof picture || transfer(SYS_READ, pictures, picture, count) != 0) {
            return 2;
        }
        const uint32_t before = TIMER_VALUE;
        const uint8_t is_found = (uint8_t)prepare(picture, size[0], size[1], size[1], &memory, image);
        const uint32_t ticks = before - TIMER_VALUE;
        if (transfer(SYS_WRITE, answers, &ticks, sizeof ticks) != 0 || transfer(SYS_WRITE, answers, &is_found, 1) != 0 ||
            transfer(SYS_WRITE, answers, image, sizeof image) != 0) {
            return 3;
        }
    }
    return 0;
}
