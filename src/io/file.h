#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace doppio {

// The whole file. Throws Error, with the system's reason, if it cannot be read,
// or if it is larger than `most_bytes`.
std::string ReadFile(const std::string& path,
                     size_t most_bytes = std::numeric_limits<size_t>::max());

// Replaces the file in one step: whoever reads `path`, even after a power cut,
// sees either the old bytes or all of the new ones. Throws Error, with the
// system's reason, and then leaves the old file as it was and no other behind.
// What is no regular file (a pipe, a device) is written to directly.
void WriteFileAtomically(const std::string& path, const std::string& bytes);

// "net.caffemodel.h5" ends with ".h5".
bool EndsWith(const std::string& path, const std::string& end);

}  // namespace doppio
