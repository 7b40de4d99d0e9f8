#include "picture.h"

#include <stdlib.h>

#include "preparation.h"

int prepare_picture(const uint8_t *picture, int32_t height, int32_t width, uint8_t *image)
{
    preparation_memory *memory = malloc(sizeof *memory);
    const int has_ink = memory != NULL && prepare(picture, height, width, width, memory, image);
    free(memory);
    return has_ink;
}
