#include "assembler.h"

#include "decoder.h"

namespace emulator::ptx {
namespace {

size_t AlignUp(size_t offset, size_t to) { return (offset + to - 1) / to * to; }

// -1 if there is no such register.
int SpecialOf(const std::string& name) {
  static const std::map<std::string, SpecialRegister> first = {
      {"%tid", SpecialRegister::kThread},
      {"%ctaid", SpecialRegister::kBlock},
      {"%ntid", SpecialRegister::kBlockExtent},
      {"%nctaid", SpecialRegister::kGridExtent}};
  if (name == "%laneid") return static_cast<int>(SpecialRegister::kLane);
  if (name == "%warpid") return static_cast<int>(SpecialRegister::kWarp);
  const size_t dot = name.find('.');
  const auto found = first.find(name.substr(0, dot));
  if (found == first.end() || dot + 2 != name.size()) return -1;
  const int axis = name.back() - 'x';
  return axis < 0 || axis > 2 ? -1 : static_cast<int>(found->second) + axis;
}

Handler Decode(Decoder* decoder) {
  for (const auto decode :
       {DecodeInteger, DecodeFloat, DecodeBits, DecodeCompare, DecodeConvert,
        DecodeMemory, DecodeControl, DecodeTogether}) {
    if (const Handler handler = decode(decoder)) return handler;
  }
  decoder->FailUnknown();
}

}  // namespace

std::unique_ptr<Kernel> Assembler::Assemble(const std::string& name) {
  kernel_ = std::make_unique<Kernel>();
  kernel_->module = &module_;
  kernel_->entry = ProgramOf(name, 0);
  kernel_->shared_bytes = AlignUp(kernel_->shared_bytes, 16);
  for (const auto& [program, slot] : dynamic_) {
    program->slots[slot] += kernel_->shared_bytes;
  }
  return std::move(kernel_);
}

const Program* Assembler::ProgramOf(const std::string& name, int line) {
  std::unique_ptr<Program>& program = kernel_->programs[name];
  if (program) return program.get();
  const auto function = module_.text.functions.find(name);
  if (function == module_.text.functions.end()) {
    throw Unreadable(line, "there is no function " + name);
  }
  program = std::make_unique<Program>();
  program->name = name;
  Program* filled = program.get();
  // Calls inside lead here again, for other functions or for this one.
  const Current caller = std::move(current_);
  current_ = {};
  Fill(function->second, filled);
  current_ = caller;
  return filled;
}

void Assembler::Fill(const Function& function, Program* program) {
  current_.function = &function;
  current_.program = program;
  program->has_body = function.has_body;
  program->slots.push_back(0);  // of "_"
  LayOutFrame();
  for (const Statement& statement : function.statements) {
    Decoder decoder(this, statement);
    const Handler handler = Decode(&decoder);
    program->steps.push_back(decoder.Finish(handler));
  }
  program->steps.emplace_back();  // no handler: the end
}

void Assembler::LayOutFrame() {
  const Function& function = *current_.function;
  Program& program = *current_.program;
  for (const Variable& v : function.results) {
    program.results.push_back(Reserve(v));
  }
  for (const Variable& v : function.parameters) {
    program.parameters.push_back(Reserve(v));
  }
  for (const Variable& v : function.variables) {
    if (v.space != "shared") Reserve(v);
  }
}

Place Assembler::Reserve(const Variable& variable) {
  size_t& end = current_.program->frame_bytes;
  const Place place = {AlignUp(end, variable.alignment), variable.bytes};
  end = place.offset + place.bytes;
  return current_.frame[variable.name] = place;
}

int Assembler::NewSlot(uint64_t value) {
  current_.program->slots.push_back(value);
  return static_cast<int>(current_.program->slots.size()) - 1;
}

int Assembler::SlotOfConstant(uint64_t value) {
  const auto [found, fresh] = current_.constants.emplace(value, 0);
  if (fresh) found->second = NewSlot(value);
  return found->second;
}

int Assembler::SlotOf(const std::string& name, uint64_t plus, int line) {
  if (name == "_") return 0;
  if (name == "WARP_SZ") return SlotOfConstant(32);
  int slot = 0;
  if (current_.function->HasRegister(name)) {
    const auto [found, fresh] = current_.registers.emplace(name, 0);
    if (fresh) found->second = NewSlot(0);
    return found->second;
  }
  if (SlotOfVariable(name, plus, &slot)) return slot;
  const int special = SpecialOf(name);
  if (special < 0) throw Unreadable(line, "unknown name " + name);
  const auto [found, fresh] = current_.registers.emplace(name, 0);
  if (fresh) {
    found->second = NewSlot(0);
    current_.program->special.emplace_back(found->second, special);
  }
  return found->second;
}

// The slot holds the variable's address.
bool Assembler::SlotOfVariable(const std::string& name, uint64_t plus,
                               int* slot) {
  if (const Place* place = FramePlace(name)) {
    *slot = NewSlot(0);
    current_.program->frame_addresses.emplace_back(*slot, place->offset + plus);
    return true;
  }
  const auto piece = module_.memory.pieces.find(name);
  if (piece != module_.memory.pieces.end()) {
    const auto address =
        reinterpret_cast<uintptr_t>(piece->second.bytes.data());
    *slot = SlotOfConstant(address + plus);
    return true;
  }
  for (const auto* variables :
       {&current_.function->variables, &module_.text.variables}) {
    for (const Variable& variable : *variables) {
      if (variable.name != name || variable.space != "shared") continue;
      *slot = SharedSlot(variable, plus);
      return true;
    }
  }
  return false;
}

int Assembler::SharedSlot(const Variable& variable, uint64_t plus) {
  if (variable.external) {
    const int slot = NewSlot(plus);
    dynamic_.emplace_back(current_.program, slot);
    return slot;
  }
  const auto [found, fresh] = shared_.emplace(variable.name, 0);
  if (fresh) {
    found->second = AlignUp(kernel_->shared_bytes, variable.alignment);
    kernel_->shared_bytes = found->second + variable.bytes;
  }
  return SlotOfConstant(found->second + plus);
}

const Place* Assembler::FramePlace(const std::string& name) const {
  const auto found = current_.frame.find(name);
  return found == current_.frame.end() ? nullptr : &found->second;
}

size_t Assembler::Target(const std::string& label, int line) const {
  const auto found = current_.function->labels.find(label);
  if (found == current_.function->labels.end()) {
    throw Unreadable(line, "there is no label " + label);
  }
  return found->second;
}

const std::vector<std::string>* Assembler::Targets(
    const std::string& table) const {
  const auto found = current_.function->branch_targets.find(table);
  const bool known = found != current_.function->branch_targets.end();
  return known ? &found->second : nullptr;
}

std::unique_ptr<Kernel> Assemble(const Module& module,
                                 const std::string& name) {
  return Assembler(module).Assemble(name);
}

}  // namespace emulator::ptx
