/* Answers on standard output for the images on standard input. */
#include <stdio.h>

#include "digit_model.h"

int main(void)
{
    uint8_t image[DIGIT_MODEL_IMAGE_BYTES], probabilities[DIGIT_MODEL_NUM_LABELS];
    while (fread(image, 1, sizeof image, stdin) == sizeof image) {
        digit_model_predict(image, probabilities);
        if (fwrite(probabilities, 1, sizeof probabilities, stdout) != sizeof probabilities) {
            return 1;
        }
    }
    return 0;
}
