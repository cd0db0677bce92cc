#pragma once

#include <gflags/gflags.h>
#include <glog/logging.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "doppio/error.h"
#include "doppio/prototxt.h"

DECLARE_bool(help);
DECLARE_bool(helpshort);
DECLARE_bool(helpfull);

namespace doppio {

// What the programs of this folder have in common. Each is
//
//   DEFINE_string(model, "", "FILE: the net");
//   void Main() { ... }  // or Main(const std::vector<std::string>& arguments)
//
//   int main(int argc, char** argv) {
//     return doppio::RunTool(argc, argv, __FILE__, "Does this and that.",
//     Main);
//   }

// The flags that `file` and the headers beside it define, one a line. A
// description may begin with the name of its value and a colon: "FILE: the
// net".
inline std::string FlagsHelp(const std::string& file) {
  std::vector<gflags::CommandLineFlagInfo> flags;
  gflags::GetAllFlags(&flags);
  std::vector<std::pair<std::string, std::string>> lines;
  size_t width = 0;
  const auto folder = [](const std::string& path) {
    return path.substr(0, path.rfind('/') + 1);
  };
  for (const auto& flag : flags) {
    if (folder(flag.filename) != folder(file)) continue;
    std::string left = "--" + flag.name;
    std::string text = flag.description;
    const size_t colon = text.find(": ");
    const bool names_value =
        colon != std::string::npos &&
        std::none_of(text.begin(), text.begin() + colon,
                     [](unsigned char c) { return c == ' ' || islower(c); });
    if (names_value) {
      left += "=" + text.substr(0, colon);
      text = text.substr(colon + 2);
    }
    if (flag.type != "bool" && !flag.default_value.empty()) {
      text += " (" + flag.default_value + ")";
    }
    width = std::max(width, left.size());
    lines.emplace_back(left, text);
  }
  std::ostringstream help;
  for (const auto& [left, text] : lines) {
    help << "  " << left << std::string(width - left.size() + 2, ' ') << text
         << "\n";
  }
  return help.str();
}

// Reads the flags, then runs `body` with the arguments that are none, and
// returns the program's exit code. A user's mistake becomes one sentence on
// stderr and the code 1. `usage` begins with a sentence on what the program
// does; --help prints it with the flags of `file`.
inline int RunTool(
    int argc, char** argv, const char* file, const std::string& usage,
    const std::function<void(const std::vector<std::string>&)>& body) {
  FLAGS_logtostderr = true;
  FLAGS_log_prefix = false;  // --log_prefix puts time and place before lines
  gflags::SetUsageMessage(usage);
  gflags::ParseCommandLineNonHelpFlags(&argc, &argv, true);
  if (FLAGS_help || FLAGS_helpshort) {
    std::cout << usage << "\n\n" << FlagsHelp(file);
    return 0;
  }
  gflags::HandleCommandLineHelpFlags();
  google::InitGoogleLogging(argv[0]);
  try {
    body({argv + 1, argv + argc});
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << std::endl;
  } catch (const std::bad_alloc&) {
    std::cerr << "not enough memory; a smaller batch needs less" << std::endl;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
  }
  return 1;
}

// For programs that take flags only.
inline int RunTool(int argc, char** argv, const char* file,
                   const std::string& usage, void (*body)()) {
  return RunTool(
      argc, argv, file, usage, [&](const std::vector<std::string>& arguments) {
        Require(arguments.empty(), "\"", arguments.empty() ? "" : arguments[0],
                "\" is no flag; --help lists them");
        body();
      });
}

// "TRAIN" or "TEST".
inline Phase ParsePhase(const std::string& text) {
  Phase phase = TRAIN;
  Require(Phase_Parse(text, &phase), "--phase=", text,
          " is neither TRAIN nor TEST");
  return phase;
}

// The parts of `text` between separators, none of them empty.
inline std::vector<std::string> SplitText(const std::string& text,
                                          char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

// What becomes of fields that a prototxt has and no message.
inline UnknownFields Unknown(bool lenient) {
  return lenient ? UnknownFields::kWarn : UnknownFields::kRefuse;
}

// Lets flags decide which layers belong: `stages` is "a,b".
inline void AddToState(const std::string& stages, int level, NetState* state) {
  for (const std::string& stage : SplitText(stages, ',')) {
    state->add_stage(stage);
  }
  if (level != 0) state->set_level(level);
}

}  // namespace doppio
