#pragma once

#include <exception>
#include <sstream>
#include <string>

namespace doppio {

// A problem that the user can fix: in a prototxt, a flag, a file, a data set.
// Our own bugs are glog CHECKs instead, and abort.
//
// An Error starts as one sentence, where the problem is seen. Whoever knows
// more on the way up adds it: the net prefixes file, line and layer.
class Error : public std::exception {
 public:
  template <typename... Parts>
  explicit Error(const Parts&... parts) {
    std::ostringstream message;
    (message << ... << parts);
    message_ = message.str();
  }

  Error& Prefix(const std::string& where) {
    message_ = where + ": " + message_;
    return *this;
  }

  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

// Throws an Error made of `parts` unless `holds`.
template <typename... Parts>
void Require(bool holds, const Parts&... parts) {
  if (!holds) throw Error(parts...);
}

}  // namespace doppio
