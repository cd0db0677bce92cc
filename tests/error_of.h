#pragma once

#include <string>

#include "doppio/error.h"

namespace doppio {

// What the Error says that `action` throws.
template <typename Action>
std::string ErrorOf(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no Error)";
}

}  // namespace doppio
