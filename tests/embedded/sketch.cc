// Runs the sketch on this machine. The serial port is standard input and output; in the place of TFLite Micro are the
// networks as C99, which answer bit for bit the same.
#include <Arduino.h>

#include <cstdio>
#include <cstring>

#include "classifier.h"
#include "digit_detector.h"
#include "digit_model.h"
#include "model_data.h"
#include "tensorflow/lite/micro/micro_interpreter.h"

SerialPort Serial;
void SerialPort::begin(unsigned long) {}
std::size_t SerialPort::readBytes(char *buffer, std::size_t length) { return std::fread(buffer, 1, length, stdin); }
std::size_t SerialPort::print(const char *text) { return std::printf("%s", text); }
std::size_t SerialPort::print(int number) { return std::printf("%d", number); }
std::size_t SerialPort::println(const char *text) { return std::printf("%s\n", text); }

namespace tflite {
const Model *GetModel(const void *buffer) { return static_cast<const Model *>(buffer); }
std::uint32_t Model::version() const { return TFLITE_SCHEMA_VERSION; }

MicroOpResolver::~MicroOpResolver() {}
template <unsigned int kMaxOperators>
MicroMutableOpResolver<kMaxOperators>::MicroMutableOpResolver() {}
#define OPERATOR(name)                                            \
  template <unsigned int kMaxOperators>                           \
  TfLiteStatus MicroMutableOpResolver<kMaxOperators>::Add##name() { \
    return kTfLiteOk;                                             \
  }
OPERATOR(Conv2D)
OPERATOR(FullyConnected)
OPERATOR(Mean)
OPERATOR(Quantize)
OPERATOR(Reshape)
OPERATOR(Softmax)
template class MicroMutableOpResolver<kNumOperators>;

MicroInterpreter::MicroInterpreter(const Model *model, const MicroOpResolver &, std::uint8_t *arena, std::size_t)
    : model_(model) {
  input_.data.uint8 = arena;
  output_.data.uint8 = arena + DIGIT_MODEL_IMAGE_BYTES;
}
TfLiteStatus MicroInterpreter::AllocateTensors() { return kTfLiteOk; }
TfLiteTensor *MicroInterpreter::input(std::size_t) { return &input_; }
TfLiteTensor *MicroInterpreter::output(std::size_t) { return &output_; }
TfLiteStatus MicroInterpreter::Invoke() {
  if (model_ == GetModel(model_data)) {
    digit_model_predict(input_.data.uint8, output_.data.uint8);
  } else if (model_ == GetModel(detector_data)) {
    digit_detector_predict(input_.data.uint8, output_.data.uint8);
  } else {
    return kTfLiteError;
  }
  // The library may use the input's memory for what is between the layers.
  std::memset(input_.data.uint8, 0xa5, DIGIT_MODEL_IMAGE_BYTES);
  return kTfLiteOk;
}
}  // namespace tflite

int main() {
  setup();
  while (!std::feof(stdin)) {
    loop();
  }
  return 0;
}
