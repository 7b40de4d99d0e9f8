/* Of the Java Native Interface as much as preparation_jni.c calls; declarations alone, to compile against. */
#pragma once
#include <stdint.h>

#define JNIEXPORT
#define JNICALL
#define JNI_ABORT 2

typedef int32_t jint, jsize;
typedef signed char jbyte;
typedef uint8_t jboolean;
typedef void *jobject;
typedef jobject jbyteArray;

struct JNINativeInterface;
typedef const struct JNINativeInterface *JNIEnv;
struct JNINativeInterface {
    jsize (*GetArrayLength)(JNIEnv *, jobject);
    jbyteArray (*NewByteArray)(JNIEnv *, jsize);
    jbyte *(*GetByteArrayElements)(JNIEnv *, jbyteArray, jboolean *);
    void (*ReleaseByteArrayElements)(JNIEnv *, jbyteArray, jbyte *, jint);
    void (*SetByteArrayRegion)(JNIEnv *, jbyteArray, jsize, jsize, const jbyte *);
};
