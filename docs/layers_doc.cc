// Writes docs/layers.md, the reference of all layer types, of the comments in
// proto/layers.proto and of what the layers say of themselves.

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layer_comments.h"

namespace doppio {
namespace {

constexpr char kIntroduction[] =
    "# Layers\n\n"
    "Made from proto/layers.proto and the layers themselves by\n"
    "`cmake --build build --target layers_doc`; edit those, not this.\n\n"
    "A layer reads its bottoms and writes its tops. Axes count from 0, a\n"
    "negative one from the end; images are N x C x H x W: number, channels,\n"
    "height, width. A type without a CUDA half runs on the CPU in nets that\n"
    "are on a GPU.\n";

// ---- What the layers say of themselves

LayerTraits TraitsOf(const std::string& type, const std::string& example) {
  LayerParameter param;
  Require(pb::TextFormat::ParseFromString(example, &param), "the example of ",
          type, " in proto/layers.proto is not prototxt");
  param.set_name("example");
  param.set_type(type);
  try {
    return LayerRegistry::Global().Create(param, Context())->traits();
  } catch (const Error& error) {
    throw Error(type, " can't be made (", error.what(),
                "); give its comment in proto/layers.proto a line \"example: ",
                "...\" with settings");
  }
}

std::string Count(int min, int max, const std::string& thing) {
  if (max == 0) return "no " + thing;
  std::ostringstream out;
  out << min;
  if (max == LayerTraits::kAny) {
    out << " or more";
  } else if (max > min) {
    out << " to " << max;
  }
  out << " " << thing << (min == 1 && max == 1 ? "" : "s");
  return out.str();
}

std::string TraitsLine(const std::string& type, const std::string& example) {
  const LayerTraits traits = TraitsOf(type, example);
  std::string line = Count(traits.min_bottoms, traits.max_bottoms, "bottom") +
                     "; " + Count(traits.min_tops, traits.max_tops, "top");
  if (traits.in_place) line += "; may run in place";
  if (traits.is_loss) line += "; a loss, of weight 1 unless told otherwise";
  line[0] = std::toupper(line[0]);
  return line;
}

// Types that are registered for CUDA, whether this build compiles that or not.
std::set<std::string> CudaTypes(const std::string& source) {
  std::set<std::string> types;
  static const std::regex kRegistration("\"(\\w+)\",\\s*Device::kCuda");
  for (const auto& entry :
       std::filesystem::directory_iterator(source + "/src/layers")) {
    const auto extension = entry.path().extension();
    if (extension != ".cu" && extension != ".cc") continue;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (std::sregex_iterator i(text.begin(), text.end(), kRegistration), end;
         i != end; ++i) {
      types.insert((*i)[1]);
    }
  }
  return types;
}

// ---- Writing

// The values of an enum, with their comments.
std::string Values(const pb::EnumDescriptor& type) {
  std::string text;
  for (int v = 0; v < type.value_count(); ++v) {
    const std::string comment = Line(Comments(*type.value(v)).leading_comments);
    text += " `" + type.value(v)->name() + "`";
    if (!comment.empty()) text += ": " + comment;
  }
  return text;
}

// The default, as prototxt has it; empty where there is none.
std::string DefaultOf(const pb::FieldDescriptor& field) {
  if (field.is_required()) return "required";
  if (!field.has_default_value()) return "";
  if (field.enum_type()) return field.default_value_enum()->name();
  if (field.type() == pb::FieldDescriptor::TYPE_FLOAT) {
    std::ostringstream out;
    out << field.default_value_float();
    return out.str();
  }
  pb::FieldDescriptorProto proto;
  field.CopyTo(&proto);
  const bool text = field.type() == pb::FieldDescriptor::TYPE_STRING;
  return text ? "\"" + proto.default_value() + "\"" : proto.default_value();
}

// Text for a cell of a table.
std::string Cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

class Writer {
 public:
  Writer(const pb::FileDescriptor& file, const std::string& source)
      : file_(file), comments_(file), cuda_(CudaTypes(source)) {
    for (const std::string& type : LayerRegistry::Global().Types()) {
      // The net inserts these itself.
      if (type == "Reorder") continue;
      types_.push_back(type);
      for (const pb::FieldDescriptor* field : comments_[type].own) {
        home_.emplace(field->message_type(), type);
      }
    }
  }

  std::string Text() const {
    std::string text = kIntroduction;
    for (const std::string& type : types_) text += Section(type);
    text += "\n# Fields that layers have in common\n";
    for (int m = 0; m < file_.message_type_count(); ++m) {
      const pb::Descriptor& message = *file_.message_type(m);
      if (comments_.OfOneType(message)) continue;
      text += "\n## " + message.name() + "\n\n" +
              Line(Comments(message).leading_comments) + "\n" + Table(message);
    }
    return text;
  }

 private:
  std::string Section(const std::string& type) const {
    const Description& description = comments_[type];
    std::string text = "\n## " + type + "\n";
    for (const std::string& paragraph : description.paragraphs) {
      text += "\n" + paragraph + "\n";
    }
    text += "\n" + TraitsLine(type, description.example) +
            (cuda_.count(type) ? "; CPU and CUDA" : "; CPU") + ".\n";
    if (!description.example.empty()) {
      text += "\nExample: `" + description.example + "`\n";
    }
    for (const pb::FieldDescriptor* field : description.settings) {
      text +=
          "\n`" + field->name() + "`: " + Link(*field->message_type()) + "\n";
    }
    for (const pb::FieldDescriptor* field : description.own) {
      const std::string& home = home_.at(field->message_type());
      text += "\n`" + field->name() + "`:";
      text += home == type ? "\n" + Table(*field->message_type())
                           : " as of " + Link(*field->message_type()) + "\n";
    }
    return text;
  }

  // Where the fields of a message are described.
  std::string Link(const pb::Descriptor& message) const {
    const auto home = home_.find(&message);
    const bool described =
        message.file() == &file_ && !comments_.OfOneType(message);
    if (home == home_.end() && !described) return message.name();
    std::string name = home == home_.end() ? message.name() : home->second;
    std::string anchor = name;
    for (char& c : anchor) c = std::tolower(c);
    return "[" + name + "](#" + anchor + ")";
  }

  std::string Table(const pb::Descriptor& message) const {
    std::string rows;
    for (int f = 0; f < message.field_count(); ++f) {
      const pb::FieldDescriptor& field = *message.field(f);
      // A layer's own settings are at its type.
      if (home_.count(field.message_type())) continue;
      std::string comment = Line(Comments(field).leading_comments);
      const bool unused = comment.find("no effect") != std::string::npos;
      if (field.enum_type() && !unused) comment += Values(*field.enum_type());
      rows += "| `" + field.name() + "` | " + Type(field) + " | " +
              DefaultOf(field) + " | " + Cell(comment) + " |\n";
    }
    if (rows.empty()) return "\nNo fields.\n";
    return "\n| field | type | default | |\n|---|---|---|---|\n" + rows;
  }

  std::string Type(const pb::FieldDescriptor& field) const {
    const std::string type = field.message_type() ? Link(*field.message_type())
                             : field.enum_type()  ? "enum"
                                                  : field.type_name();
    return field.is_repeated() ? "several " + type : type;
  }

  const pb::FileDescriptor& file_;
  const LayerComments comments_;
  const std::set<std::string> cuda_;
  std::vector<std::string> types_;
  std::map<const pb::Descriptor*, std::string> home_;
};

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// layers.proto and what it imports, with comments, as protoc wrote them.
const pb::FileDescriptor* Load(const std::string& path,
                               pb::DescriptorPool* pool) {
  pb::FileDescriptorSet files;
  Require(files.ParseFromString(Read(path)), "cannot read ", path);
  for (const pb::FileDescriptorProto& file : files.file()) {
    pool->BuildFile(file);
  }
  const pb::FileDescriptor* file = pool->FindFileByName("layers.proto");
  Require(file, path, " does not hold layers.proto");
  return file;
}

void Main(const std::string& descriptors, const std::string& source,
          bool check) {
  pb::DescriptorPool pool;
  const pb::FileDescriptor* file = Load(descriptors, &pool);
  const std::string path = source + "/docs/layers.md";
  const std::string text = Writer(*file, source).Text();
  if (check) {
    Require(Read(path) == text,
            "docs/layers.md is out of date; cmake --build build --target "
            "layers_doc renews it");
  } else {
    std::ofstream(path) << text;
  }
}

}  // namespace
}  // namespace doppio

// make_layers_doc DESCRIPTORS SOURCE_FOLDER [--check]
int main(int argc, char** argv) {
  try {
    doppio::Require(
        argc > 2, "usage: make_layers_doc DESCRIPTORS SOURCE_FOLDER [--check]");
    doppio::Main(argv[1], argv[2],
                 argc > 3 && argv[3] == std::string("--check"));
    return 0;
  } catch (const doppio::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
