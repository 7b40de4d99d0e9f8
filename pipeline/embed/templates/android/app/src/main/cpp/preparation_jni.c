/* preparation.c for Kotlin; see Preparation.kt. */
#include <jni.h>
#include <stdlib.h>

#include "preparation.h"

/* The model's input, or null for a picture without ink. */
JNIEXPORT jbyteArray JNICALL Java_com_example_symbolreader_Preparation_prepare(JNIEnv *env, jobject self,
                                                                               jbyteArray picture, jint height,
                                                                               jint width)
{
    uint8_t image[PREPARATION_IMAGE_BYTES];
    preparation_memory *memory = malloc(sizeof *memory);
    jbyte *pixels = (*env)->GetByteArrayElements(env, picture, NULL);
    int has_ink = 0;
    (void)self;
    if (memory != NULL && pixels != NULL && (*env)->GetArrayLength(env, picture) == height * width) {
        has_ink = prepare((const uint8_t *)pixels, height, width, width, memory, image);
    }
    if (pixels != NULL) {
        (*env)->ReleaseByteArrayElements(env, picture, pixels, JNI_ABORT);
    }
    free(memory);
    if (!has_ink) {
        return NULL;
    }
    jbyteArray answer = (*env)->NewByteArray(env, PREPARATION_IMAGE_BYTES);
    if (answer != NULL) {
        (*env)->SetByteArrayRegion(env, answer, 0, PREPARATION_IMAGE_BYTES, (const jbyte *)image);
    }
    return answer;
}
