// Of TFLite Micro's API as much as the generated files call; declarations alone, to compile against.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

struct TfLiteTensor {
  union {
    std::uint8_t *uint8;
    float *f;
  } data;
};

namespace tflite {
class MicroInterpreter {
 public:
  MicroInterpreter(const Model *model, const MicroOpResolver &resolver, std::uint8_t *arena, std::size_t arena_bytes);
  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  TfLiteTensor *input(std::size_t index);
  TfLiteTensor *output(std::size_t index);

 private:
  const Model *model_;
  TfLiteTensor input_, output_;
};
}  // namespace tflite
