/* The part of LiteRT 2's C API that classify.c calls, as libLiteRt.so of the ai-edge-litert wheel exports it; the wheel
 * brings no headers. Tried with 2.3.0. Newer versions may change it: compare with litert/c/ of their source. */
#ifndef LITERT_API_H
#define LITERT_API_H

#include <stddef.h>
#include <stdint.h>

typedef struct LiteRtEnvironmentT *LiteRtEnvironment;
typedef struct LiteRtModelT *LiteRtModel;
typedef struct LiteRtOptionsT *LiteRtOptions;
typedef struct LiteRtCompiledModelT *LiteRtCompiledModel;
typedef struct LiteRtSignatureT *LiteRtSignature;
typedef struct LiteRtTensorT *LiteRtTensor;
typedef struct LiteRtTensorBufferT *LiteRtTensorBuffer;
typedef struct LiteRtTensorBufferRequirementsT *LiteRtTensorBufferRequirements;

/* 0 is success. */
typedef int LiteRtStatus;

enum { LITERT_FLOAT32 = 1, LITERT_UINT8 = 3 };
enum { LITERT_ON_CPU = 1 };
enum { LITERT_READ = 0, LITERT_WRITE = 1 };

typedef struct {
    int element_type;
    struct {
        unsigned int rank : 7;
        unsigned int has_strides : 1;
        int32_t dimensions[8];
        uint32_t strides[8];
    } layout;
} LiteRtRankedTensorType;

typedef struct {
    float scale;
    int64_t zero_point;
} LiteRtQuantizationPerTensor;

LiteRtStatus LiteRtCreateEnvironment(int num_options, const void *options, LiteRtEnvironment *environment);
LiteRtStatus LiteRtCreateModelFromFile(LiteRtEnvironment environment, const char *path, LiteRtModel *model);
LiteRtStatus LiteRtCreateOptions(LiteRtOptions *options);
LiteRtStatus LiteRtSetOptionsHardwareAccelerators(LiteRtOptions options, int accelerators);
LiteRtStatus LiteRtCreateCompiledModel(LiteRtEnvironment environment, LiteRtModel model, LiteRtOptions options,
                                       LiteRtCompiledModel *compiled);

LiteRtStatus LiteRtGetModelSignature(LiteRtModel model, size_t index, LiteRtSignature *signature);
LiteRtStatus LiteRtGetSignatureInputTensorByIndex(LiteRtSignature signature, size_t index, LiteRtTensor *tensor);
LiteRtStatus LiteRtGetSignatureOutputTensorByIndex(LiteRtSignature signature, size_t index, LiteRtTensor *tensor);
LiteRtStatus LiteRtGetRankedTensorType(LiteRtTensor tensor, LiteRtRankedTensorType *type);
LiteRtStatus LiteRtGetPerTensorQuantization(LiteRtTensor tensor, LiteRtQuantizationPerTensor *quantisation);

LiteRtStatus LiteRtGetCompiledModelInputBufferRequirements(LiteRtCompiledModel compiled, size_t signature, size_t index,
                                                           LiteRtTensorBufferRequirements *requirements);
LiteRtStatus LiteRtGetCompiledModelOutputBufferRequirements(LiteRtCompiledModel compiled, size_t signature, size_t index,
                                                            LiteRtTensorBufferRequirements *requirements);
LiteRtStatus LiteRtCreateManagedTensorBufferFromRequirements(LiteRtEnvironment environment,
                                                             const LiteRtRankedTensorType *type,
                                                             LiteRtTensorBufferRequirements requirements,
                                                             LiteRtTensorBuffer *buffer);
LiteRtStatus LiteRtLockTensorBuffer(LiteRtTensorBuffer buffer, void **address, int mode);
LiteRtStatus LiteRtUnlockTensorBuffer(LiteRtTensorBuffer buffer);
LiteRtStatus LiteRtRunCompiledModel(LiteRtCompiledModel compiled, size_t signature, size_t num_inputs,
                                    LiteRtTensorBuffer *inputs, size_t num_outputs, LiteRtTensorBuffer *outputs);

void LiteRtDestroyTensorBuffer(LiteRtTensorBuffer buffer);
void LiteRtDestroyCompiledModel(LiteRtCompiledModel compiled);
void LiteRtDestroyOptions(LiteRtOptions options);
void LiteRtDestroyModel(LiteRtModel model);
void LiteRtDestroyEnvironment(LiteRtEnvironment environment);

#endif
