// The array of the model on standard output; exit code 1 if it is not aligned.
#include <cstdint>
#include <cstdio>

#include "model_data.h"

int main() {
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(model_data) % 16 == 0;
  return is_aligned && std::fwrite(model_data, 1, kModelBytes, stdout) == kModelBytes ? 0 : 1;
}
