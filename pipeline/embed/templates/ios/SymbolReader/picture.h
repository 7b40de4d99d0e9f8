/* preparation.c for Swift, which cannot take arrays as long as those of its memory. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdint.h>

/* picture: grey levels, height rows of width bytes; image: receives the model's input. Returns 0 for a picture without
 * ink, of which image receives nothing. */
int prepare_picture(const uint8_t *picture, int32_t height, int32_t width, uint8_t *image);

#endif
