// Of TFLite Micro's API as much as the generated files call; declarations alone, to compile against.
#pragma once

enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };

namespace tflite {
class MicroOpResolver {
 public:
  virtual ~MicroOpResolver();
};

template <unsigned int kMaxOperators>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
  MicroMutableOpResolver();
  TfLiteStatus AddConv2D();
  TfLiteStatus AddFullyConnected();
  TfLiteStatus AddMean();
  TfLiteStatus AddQuantize();
  TfLiteStatus AddReshape();
  TfLiteStatus AddSoftmax();
};
}  // namespace tflite
