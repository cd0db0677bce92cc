#pragma once

#include <google/protobuf/descriptor.h>

#include <string>

#include "doppio/error.h"

namespace doppio {

// What protobuf's parser said of a text; line and column count from 0.
struct Complaint {
  int line = 0;
  int column = 0;
  std::string text;
};

// The Error that says it in a user's words, with the place where the mistake
// is, which may be before the place where the parser noticed it. `type` is the
// message that the whole text stands for.
Error Explain(const Complaint& complaint, const std::string& text,
              const std::string& file,
              const google::protobuf::Descriptor& type);

}  // namespace doppio
