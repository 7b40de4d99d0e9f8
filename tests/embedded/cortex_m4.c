/* Answers for the images in images.bin, and counts what each answer takes; both go to answers.bin:
 * first the ticks of a loop of 20,000 instructions, then for each image its ticks and its probabilities. */
#include "digit_model.h"
#include "semihosting.h"

/* Timer 0 of the board counts down at 25 MHz (Arm DDI 0479, "APB timer"). */
#define TIMER_CONTROL (*(volatile uint32_t *)0x40000000u)
#define TIMER_VALUE (*(volatile uint32_t *)0x40000004u)

void stop(int32_t status);
int main(void);

void stop(int32_t status)
{
    exit_with(status);
}

static uint32_t time_known_loop(void)
{
    const uint32_t before = TIMER_VALUE;
    uint32_t rounds = 10000;
    __asm__ volatile("1: subs %0, %0, #1\n bne 1b" : "+r"(rounds) : : "cc");
    return before - TIMER_VALUE;
}

static int write_word(int32_t file, uint32_t word)
{
    return transfer(SYS_WRITE, file, &word, sizeof word) == 0;
}

int main(void)
{
    static uint8_t image[DIGIT_MODEL_IMAGE_BYTES], probabilities[DIGIT_MODEL_NUM_LABELS];
    const int32_t images = open_file("images.bin", MODE_READ_BYTES);
    const int32_t answers = open_file("answers.bin", MODE_WRITE_BYTES);
    TIMER_VALUE = UINT32_MAX;
    TIMER_CONTROL = 1;
    if (images < 0 || answers < 0 || !write_word(answers, time_known_loop())) {
        return 2;
    }
    while (transfer(SYS_READ, images, image, sizeof image) == 0) {
        const uint32_t before = TIMER_VALUE;
        digit_model_predict(image, probabilities);
        if (!write_word(answers, before - TIMER_VALUE) ||
            transfer(SYS_WRITE, answers, probabilities, sizeof probabilities) != 0) {
            return 3;
        }
    }
    return 0;
}
