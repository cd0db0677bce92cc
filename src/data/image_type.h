#pragma once

#include <string>

namespace doppio {

// Types of image files are extensions in small letters, jpg for all of its
// spellings.
std::string TypeOf(std::string extension);

// Empty for a path without an extension.
std::string TypeOfFile(const std::string& path);

// Whether the image decodes to `channels` channels of bytes without being told
// to.
bool StoredWith(int channels, const std::string& bytes);

// Whether such images can be written and read again; jpg always can.
bool CanEncode(const std::string& type, int channels);

}  // namespace doppio
