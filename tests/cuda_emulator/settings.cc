#include "settings.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace emulator {
namespace {

void Set(const std::string& key, const std::string& value, Settings* s) {
  if (key == "order" && value == "forward") {
    s->order = Settings::Order::kForward;
  } else if (key == "order" && value == "reverse") {
    s->order = Settings::Order::kReverse;
  } else if (key == "order" && value.rfind("random", 0) == 0) {
    s->order = Settings::Order::kRandom;
    if (value.size() > 7) s->seed = std::stoul(value.substr(7));
  } else if (key == "streams" && (value == "lazy" || value == "eager")) {
    s->lazy_streams = value == "lazy";
  } else if (key == "races" && (value == "on" || value == "off")) {
    s->races = value == "on";
  } else if (key == "pinned" && (value == "on" || value == "off")) {
    s->pinned = value == "on";
  } else if (key == "cudnn" && (value == "on" || value == "off")) {
    s->cudnn = value == "on";
  } else if (key == "devices") {
    s->devices = std::stoi(value);
  } else if (key == "capability") {
    s->capability = std::stoi(value);
  } else if (key == "patience") {
    s->patience = std::stoi(value);
  } else {
    std::fprintf(stderr, "CUDA_EMULATOR has no setting %s=%s\n", key.c_str(),
                 value.c_str());
    std::exit(1);
  }
}

Settings FromEnvironment() {
  Settings settings;
  const char* text = std::getenv("CUDA_EMULATOR");
  std::istringstream list(text ? text : "");
  for (std::string item; std::getline(list, item, ',');) {
    if (item.empty()) continue;  // what is added to may have been empty
    const size_t equals = item.find('=');
    const bool has_value = equals != std::string::npos;
    Set(item.substr(0, equals), has_value ? item.substr(equals + 1) : "",
        &settings);
  }
  return settings;
}

}  // namespace

Settings& settings() {
  static Settings settings = FromEnvironment();
  return settings;
}

}  // namespace emulator
