#include "text.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <set>

#include "words.h"

namespace emulator::ptx {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& ptx) : words_(SplitWords(ptx)) {}

  Text Read() {
    while (!AtEnd()) ReadDirective();
    return std::move(text_);
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    throw Unreadable(words_[at_].line, what);
  }
  bool AtEnd() const { return words_[at_].text.empty(); }
  const std::string& Next() const { return words_[at_].text; }
  std::string Take() {
    if (AtEnd()) Fail("the text ends too early");
    return words_[at_++].text;
  }
  bool Skip(const char* word) {
    if (Next() != word) return false;
    ++at_;
    return true;
  }
  void Expect(const char* word) {
    if (!Skip(word)) {
      Fail(std::string("\"") + word + "\" should stand where \"" + Next() +
           "\" does");
    }
  }
  void SkipPast(const char* word) {
    while (Take() != word) {
    }
  }
  void SkipLine() {
    const int line = words_[at_].line;
    while (!AtEnd() && words_[at_].line == line) ++at_;
  }

  uint64_t ReadNumber();
  size_t ReadCount() { return static_cast<size_t>(ReadNumber()); }
  void ReadDirective();
  bool SkipNotes();
  Variable ReadVariable(const std::string& space);
  void ReadInit(Variable* variable);
  void ReadInitList(Variable* variable, size_t* at);
  std::vector<Variable> ReadParameters();
  void ReadFunction(bool entry);
  void ReadBody(Function* function);
  void ReadRegisters(Function* function);
  void ReadLabel(Function* function);
  Statement ReadStatement();
  Operand ReadOperand();
  std::vector<Operand> ReadList(const char* end);
  std::string Declare(const std::string& name);
  std::string Resolve(const std::string& name) const;

  std::vector<Word> words_;
  size_t at_ = 0;
  Text text_;
  // Names of inner {} and how they are told apart from those of others.
  std::vector<std::map<std::string, std::string>> scopes_;
  int renamed_ = 0;
};

uint64_t Magnitude(const std::string& word) {
  const bool exact_float = word.size() > 2 && word[0] == '0' &&
                           std::strchr("fFdD", word[1]) != nullptr;
  if (exact_float) return std::strtoull(word.c_str() + 2, nullptr, 16);
  return std::strtoull(word.c_str(), nullptr, 0);
}

uint64_t Reader::ReadNumber() {
  const bool negative = Skip("-");
  const std::string word = Take();
  if (!std::isdigit(static_cast<unsigned char>(word[0]))) {
    Fail("\"" + word + "\" is no number");
  }
  return negative ? -Magnitude(word) : Magnitude(word);
}

// What says nothing about results.
bool Reader::SkipNotes() {
  if (Next() == ".version" || Next() == ".target" ||
      Next() == ".address_size" || Next() == ".file" || Next() == ".loc") {
    SkipLine();
  } else if (Next() == ".pragma") {
    SkipPast(";");
  } else if (Next() == ".section") {
    SkipPast("}");
  } else {
    return false;
  }
  return true;
}

void Reader::ReadDirective() {
  if (SkipNotes()) return;
  bool external = false;
  for (;;) {
    if (Skip(".extern")) {
      external = true;
    } else if (!Skip(".visible") && !Skip(".weak") && !Skip(".common")) {
      break;
    }
  }
  const std::string what = Take();
  if (what == ".entry" || what == ".func") {
    ReadFunction(what == ".entry");
  } else if (what == ".global" || what == ".const" || what == ".shared") {
    Variable variable = ReadVariable(what.substr(1));
    variable.external = external;
    ReadInit(&variable);
    Expect(";");
    text_.variables.push_back(std::move(variable));
  } else {
    --at_;
    Fail("unknown directive " + what);
  }
}

Variable Reader::ReadVariable(const std::string& space) {
  Variable variable;
  variable.space = space;
  size_t elements = 1;
  for (;;) {
    const std::string word = Take();
    if (word == ".align") {
      variable.alignment = ReadCount();
    } else if (word == ".v2" || word == ".v4") {
      elements = word[2] - '0';
    } else if (word == ".ptr" || word == ".global" || word == ".shared" ||
               word == ".const" || word == ".local" || word == ".attribute") {
      if (word == ".attribute") SkipPast(")");
      // Where a parameter points to helps only to optimize.
    } else if (word[0] != '.') {
      variable.name = Declare(word);
      break;
    } else if (!ReadType(word.substr(1), &variable.type)) {
      Fail("unknown type " + word);
    }
  }
  while (Skip("[")) {
    elements *= Next() == "]" ? 0 : ReadCount();
    Expect("]");
  }
  variable.bytes = elements * variable.type.bytes();
  variable.alignment = std::max(variable.alignment, variable.type.bytes());
  return variable;
}

void Reader::ReadInit(Variable* variable) {
  if (!Skip("=")) return;
  variable->init.assign(variable->bytes, 0);
  size_t at = 0;
  ReadInitList(variable, &at);
}

void Reader::ReadInitList(Variable* variable, size_t* at) {
  if (Skip("{")) {
    while (!Skip("}")) {
      ReadInitList(variable, at);
      Skip(",");
    }
    return;
  }
  const uint64_t value = ReadNumber();
  const size_t bytes = variable->type.bytes();
  if (*at + bytes > variable->bytes) Fail("too many values");
  std::memcpy(&variable->init[*at], &value, bytes);
  *at += bytes;
}

std::vector<Variable> Reader::ReadParameters() {
  std::vector<Variable> parameters;
  while (!Skip(")")) {
    if (!Skip(".param")) Fail("parameters other than .param are unknown");
    parameters.push_back(ReadVariable("param"));
    Skip(",");
  }
  return parameters;
}

void Reader::ReadFunction(bool entry) {
  Function function;
  function.entry = entry;
  if (Skip("(")) function.results = ReadParameters();
  function.name = Take();
  if (Skip("(")) function.parameters = ReadParameters();
  // Advice on registers, and attributes.
  while (Next() != "{" && Next() != ";") ++at_;
  function.has_body = Next() == "{";
  if (!Skip(";")) ReadBody(&function);
  Function& known = text_.functions[function.name];
  if (!known.has_body) known = std::move(function);
}

void Reader::ReadBody(Function* function) {
  Expect("{");
  scopes_ = {{}};
  while (!scopes_.empty()) {
    if (AtEnd()) Fail("the text ends too early");
    if (SkipNotes()) continue;
    if (Skip("{")) {
      scopes_.emplace_back();
    } else if (Skip("}")) {
      scopes_.pop_back();
    } else if (Skip(".reg")) {
      ReadRegisters(function);
    } else if (Next() == ".local" || Next() == ".shared" ||
               Next() == ".param") {
      const std::string space = Take().substr(1);
      function->variables.push_back(ReadVariable(space));
      Expect(";");
    } else if (words_[at_ + 1].text == ":") {
      ReadLabel(function);
    } else {
      function->statements.push_back(ReadStatement());
    }
  }
}

void Reader::ReadRegisters(Function* function) {
  Type type;
  const std::string word = Take();
  if (!ReadType(word.substr(1), &type)) Fail("unknown type " + word);
  do {
    const std::string name = Declare(Take());
    int count = 0;
    if (Skip("<")) {
      count = static_cast<int>(ReadCount());
      Expect(">");
    }
    function->registers[name] = count;
  } while (Skip(","));
  Expect(";");
}

void Reader::ReadLabel(Function* function) {
  const std::string name = Take();
  Expect(":");
  if (Skip(".branchtargets")) {
    do {
      function->branch_targets[name].push_back(Take());
    } while (Skip(","));
    Expect(";");
    return;
  }
  function->labels[name] = function->statements.size();
}

Statement Reader::ReadStatement() {
  Statement statement;
  statement.line = words_[at_].line;
  if (Skip("@")) {
    statement.guard_negated = Skip("!");
    statement.guard = Resolve(Take());
  }
  const std::string opcode = Take();
  for (size_t begin = 0; begin <= opcode.size();) {
    const size_t end = std::min(opcode.find('.', begin), opcode.size());
    statement.opcode.push_back(opcode.substr(begin, end - begin));
    begin = end + 1;
  }
  statement.operands = ReadList(";");
  return statement;
}

std::vector<Operand> Reader::ReadList(const char* end) {
  std::vector<Operand> list;
  while (!Skip(end)) {
    if (!list.empty()) Expect(",");
    list.push_back(ReadOperand());
  }
  return list;
}

Operand Reader::ReadOperand() {
  Operand operand;
  const bool braces = Skip("{");
  if (braces || Skip("(")) {
    operand.kind = Operand::Kind::kList;
    operand.list = ReadList(braces ? "}" : ")");
    return operand;
  }
  const bool address = Skip("[");
  operand.negated = Skip("!");
  if (Next() == "-" || std::isdigit(static_cast<unsigned char>(Next()[0]))) {
    operand.number = ReadNumber();
  } else {
    operand.kind = Operand::Kind::kName;
    operand.name = Resolve(Take());
    if (Skip("|")) operand.second = Resolve(Take());
    if (Skip("+")) operand.number = ReadNumber();
    if (Next() == "-") operand.number = ReadNumber();
  }
  if (address) {
    operand.kind = Operand::Kind::kAddress;
    Expect("]");
  }
  return operand;
}

std::string Reader::Declare(const std::string& name) {
  if (scopes_.size() < 2) return name;
  return scopes_.back()[name] = name + "@" + std::to_string(++renamed_);
}

std::string Reader::Resolve(const std::string& name) const {
  for (size_t i = scopes_.size(); i-- > 0;) {
    const auto found = scopes_[i].find(name);
    if (found != scopes_[i].end()) return found->second;
  }
  return name;
}

}  // namespace

bool ReadType(const std::string& word, Type* type) {
  if (word == "pred") {
    *type = {'p', 8};
    return true;
  }
  static const std::set<std::string> known = {"u8",  "u16", "u32", "u64", "s8",
                                              "s16", "s32", "s64", "b8",  "b16",
                                              "b32", "b64", "f32", "f64"};
  if (known.count(word) == 0) return false;
  *type = {word[0], std::atoi(word.c_str() + 1)};
  return true;
}

std::string Statement::Name() const {
  std::string name = opcode[0];
  for (size_t i = 1; i < opcode.size(); ++i) name += "." + opcode[i];
  return name;
}

bool Function::HasRegister(const std::string& name) const {
  const auto single = registers.find(name);
  if (single != registers.end()) return single->second == 0;
  const size_t digits = name.find_last_not_of("0123456789") + 1;
  if (digits == name.size()) return false;
  const auto range = registers.find(name.substr(0, digits));
  return range != registers.end() &&
         std::atoi(name.c_str() + digits) < range->second;
}

Text ReadText(const std::string& ptx) { return Reader(ptx).Read(); }

}  // namespace emulator::ptx
