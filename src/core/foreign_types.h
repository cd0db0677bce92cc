#pragma once

#include <string>

namespace doppio {

// Whose layer type this is, e.g. "SSD", for types that forks of Caffe and
// projects built on it have and Caffe has not; empty where we don't know.
std::string DefinersOf(const std::string& type);

// Of these types, the one whose settings are called so ("prior_box_param");
// empty if there is none.
std::string ForeignTypeOf(const std::string& field);

}  // namespace doppio
