// The arrays of both models on standard output; exit code 1 if one is not aligned.
#include <cstdint>
#include <cstdio>

#include "model_data.h"

static bool Print(const unsigned char *data, std::size_t count) {
  return reinterpret_cast<std::uintptr_t>(data) % 16 == 0 && std::fwrite(data, 1, count, stdout) == count;
}

int main() {
  return Print(model_data, kModelBytes) && Print(detector_data, kDetectorBytes) ? 0 : 1;
}
