/* Prepares the pictures on standard input (height and width as int32, then their bytes); for each of them one byte that
 * says whether there was ink, and the image, on standard output. */
#include <stdio.h>
#include <stdlib.h>

#include "preparation.h"

int main(void)
{
    static preparation_memory memory;
    int32_t size[2];
    while (fread(size, sizeof *size, 2, stdin) == 2) {
        const size_t count = (size_t)size[0] * (size_t)size[1];
        uint8_t image[PREPARATION_IMAGE_BYTES] = {0}, *picture = malloc(count);
        if (picture == NULL || fread(picture, 1, count, stdin) != count) {
            return 1;
        }
        const uint8_t is_found = (uint8_t)prepare(picture, size[0], size[1], size[1], &memory, image);
        if (fwrite(&is_found, 1, 1, stdout) != 1 || fwrite(image, 1, sizeof image, stdout) != sizeof image) {
            return 1;
        }
        free(picture);
    }
    return 0;
}
