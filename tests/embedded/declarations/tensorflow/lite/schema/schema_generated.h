// Of TFLite's schema as much as the generated files call; declarations alone, to compile against.
#pragma once
#include <cstdint>

#define TFLITE_SCHEMA_VERSION 3

namespace tflite {
struct Model {
  std::uint32_t version() const;
};
const Model *GetModel(const void *buffer);
}  // namespace tflite
