#pragma once

#include <string>
#include <vector>

namespace doppio {

// The names of a database's classes, from 0 on: a file in its folder, one name
// a line, where other programs than ours don't mind it.
constexpr char kLabelNamesFile[] = "label_names.txt";

// Those of the database at `path`; none if it has no such file.
std::vector<std::string> LabelNames(const std::string& path);

// The lines of a file of names. Throws Error if it cannot be read.
std::vector<std::string> ReadNames(const std::string& file);

// "3 cat", or "3" for a class without a name.
std::string NameOf(int label, const std::vector<std::string>& names);

}  // namespace doppio
