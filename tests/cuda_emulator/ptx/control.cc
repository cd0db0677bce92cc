// Branches, calls and returns.

#include "../block.h"
#include "decoder.h"

namespace emulator::ptx {
namespace {

void Branch(Frame& frame, const Step& step) {
  frame.next = &frame.program->steps[step.targets[0]];
}

void BranchByTable(Frame& frame, const Step& step) {
  const auto index = frame.Get<uint32_t>(step.at[0]);
  if (index >= step.targets.size()) {
    FailKernel("branches past the end of its table", nullptr);
  }
  frame.next = &frame.program->steps[step.targets[index]];
}

void Return(Frame& frame, const Step&) {
  frame.next = &frame.program->steps.back();
}

void Exit(Frame& frame, const Step& step) {
  for (Frame* f = &frame; f != nullptr; f = f->caller) Return(*f, step);
}

void Trap(Frame&, const Step&) { FailKernel("a trap", nullptr); }

void Nothing(Frame&, const Step&) {}

// step.arguments are the offsets of results and parameters in this frame.
void CallFunction(Frame& frame, const Step& step) {
  const Program& callee = *step.callee;
  if (!callee.has_body) {
    FailKernel("calls " + callee.name + ", which is not there", nullptr);
  }
  Frame* inner = TakeFrame(*frame.kernel, callee, &frame);
  auto argument = step.arguments.begin() + callee.results.size();
  for (const Place& to : callee.parameters) {
    std::memcpy(&inner->memory[to.offset], &frame.memory[*argument++],
                to.bytes);
  }
  Run(inner);
  argument = step.arguments.begin();
  for (const Place& from : callee.results) {
    std::memcpy(&frame.memory[*argument++], &inner->memory[from.offset],
                from.bytes);
  }
  GiveBack(inner);
}

void PlaceArguments(Decoder* d, const std::vector<Operand>& operands,
                    const std::vector<Place>& places) {
  if (operands.size() != places.size()) d->Fail("a wrong number of arguments");
  for (size_t i = 0; i < operands.size(); ++i) {
    const Place place = d->FramePlace(operands[i]);
    if (place.bytes < places[i].bytes) d->Fail("an argument is too short");
    d->step.arguments.push_back(static_cast<int>(place.offset));
  }
}

// (results), function, (parameters): the lists may be left out.
Handler DecodeCall(Decoder* d) {
  d->Take("uni");
  d->ExpectOperands(1, 3);
  std::vector<Operand> rest = d->operands();
  Operand results, parameters;
  if (rest.front().kind == Operand::Kind::kList) {
    results = rest.front();
    rest.erase(rest.begin());
  }
  if (rest.size() == 2) parameters = rest.back();
  if (rest.empty() || rest.front().kind != Operand::Kind::kName) {
    d->Fail("no function is named");
  }
  d->step.callee = d->Callee(rest.front().name);
  PlaceArguments(d, results.list, d->step.callee->results);
  PlaceArguments(d, parameters.list, d->step.callee->parameters);
  return CallFunction;
}

Handler DecodeBranch(Decoder* d) {
  d->Take("uni");
  d->ExpectOperands(1, 1);
  d->step.targets = {d->Target(d->operands()[0].name)};
  return Branch;
}

Handler DecodeTable(Decoder* d) {
  d->Take("uni");
  if (!d->Take("idx")) d->FailUnknown();
  d->ExpectOperands(2, 2);
  d->step.at[0] = d->Slot(d->operands()[0]);
  d->step.targets = d->Targets(d->operands()[1].name);
  return BranchByTable;
}

}  // namespace

Handler DecodeControl(Decoder* d) {
  const std::string& name = d->name();
  if (name == "bra") return DecodeBranch(d);
  if (name == "brx") return DecodeTable(d);
  if (name == "call") return DecodeCall(d);
  if (name == "membar" || name == "fence") {
    // Threads run one at a time, and see each other's writes at once.
    d->TakeOneOf({"sc", "acq_rel"});
    d->TakeOneOf({"cta", "gl", "gpu", "sys"});
    return Nothing;
  }
  if (name != "ret" && name != "exit" && name != "trap") return nullptr;
  d->Take("uni");
  d->ExpectOperands(0, 0);
  return name == "ret" ? Return : name == "exit" ? Exit : Trap;
}

}  // namespace emulator::ptx
