// Of Arduino's API as much as the sketch calls; declarations alone, to compile against.
#pragma once
#include <cstddef>
#include <cstdint>

struct SerialPort {
  void begin(unsigned long baud);
  std::size_t readBytes(char *buffer, std::size_t length);
  std::size_t print(const char *text);
  std::size_t print(int number);
  std::size_t println(const char *text);
};
extern SerialPort Serial;
void setup();
void loop();
