#include <sstream>

#include "program.h"

namespace emulator::ptx {

Module::Module(const std::string& ptx) : text(ReadText(ptx)) {
  for (const Variable& variable : text.variables) {
    if (variable.space == "shared") continue;
    ModuleMemory::Piece& piece = memory.pieces[variable.name];
    piece.constant = variable.space == "const";
    piece.bytes = variable.init;
    piece.bytes.resize(variable.bytes);  // zeros, as a device's
  }
}

const ModuleMemory::Piece* ModuleMemory::Find(const char* address,
                                              size_t bytes) const {
  for (const auto& [name, piece] : pieces) {
    const char* begin = reinterpret_cast<const char*>(piece.bytes.data());
    if (address >= begin && address + bytes <= begin + piece.bytes.size()) {
      return &piece;
    }
  }
  return nullptr;
}

}  // namespace emulator::ptx
