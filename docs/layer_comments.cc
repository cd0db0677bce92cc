#include "layer_comments.h"

#include <cctype>
#include <regex>
#include <sstream>

#include "doppio/error.h"

namespace doppio {
namespace {

bool TakePrefix(const std::string& prefix, std::string* text) {
  if (text->compare(0, prefix.size(), prefix) != 0) return false;
  text->erase(0, prefix.size());
  return true;
}

std::vector<std::string> Paragraphs(const std::string& comment) {
  static const std::regex kBegin("^[a-z]+s?: .*");
  std::vector<std::string> paragraphs;
  std::istringstream in(comment);
  for (std::string line; std::getline(in, line);) {
    TakePrefix(" ", &line);
    if (paragraphs.empty() || line.empty() || std::regex_match(line, kBegin)) {
      paragraphs.push_back(line);
    } else {
      std::string& last = paragraphs.back();
      last += (last.empty() ? "" : " ") + line;
    }
  }
  return paragraphs;
}

}  // namespace

std::string Line(const std::string& comment) {
  std::string line;
  for (const std::string& p : Paragraphs(comment)) {
    line += (line.empty() || p.empty() ? "" : " ") + p;
  }
  return line;
}

LayerComments::LayerComments(const pb::FileDescriptor& file)
    : layer_(*file.FindMessageTypeByName("LayerParameter")) {
  for (int m = 0; m < file.message_type_count(); ++m) {
    const pb::Descriptor& message = *file.message_type(m);
    const pb::SourceLocation comments = Comments(message);
    for (const std::string& alone : comments.leading_detached_comments) {
      Add(alone, nullptr);
    }
    Add(comments.leading_comments, FieldOf(message));
  }
}

const Description& LayerComments::operator[](const std::string& type) const {
  const auto found = descriptions_.find(type);
  Require(found != descriptions_.end(),
          "no comment in proto/layers.proto begins with \"", type,
          ": \"; describe the layer there");
  return found->second;
}

const pb::FieldDescriptor* LayerComments::FieldOf(
    const pb::Descriptor& message) const {
  for (int f = 0; f < layer_.field_count(); ++f) {
    if (layer_.field(f)->message_type() == &message) return layer_.field(f);
  }
  return nullptr;
}

void LayerComments::Add(const std::string& comment,
                        const pb::FieldDescriptor* own) {
  static const std::regex kTypes("^ ((?:[A-Z]\\w*(?:, | and )?)+): ");
  std::smatch match;
  if (!std::regex_search(comment, match, kTypes)) return;
  const std::string types = match[1];
  const Description description = Describe(match.suffix(), own);
  if (own) own_.insert(own->message_type());
  static const std::regex kType("[A-Z]\\w*");
  for (std::sregex_iterator i(types.begin(), types.end(), kType), end; i != end;
       ++i) {
    descriptions_[i->str()] = description;
  }
}

Description LayerComments::Describe(const std::string& text,
                                    const pb::FieldDescriptor* own) const {
  Description description;
  if (own) description.own.push_back(own);
  for (std::string& paragraph : Paragraphs(text)) {
    if (TakePrefix("example: ", &paragraph)) {
      description.example = paragraph;
    } else if (TakePrefix("settings: ", &paragraph)) {
      std::istringstream names(paragraph);
      for (std::string name; std::getline(names >> std::ws, name, ',');) {
        const pb::FieldDescriptor* field = layer_.FindFieldByName(name);
        Require(field, "LayerParameter has no field ", name);
        description.settings.push_back(field);
      }
    } else {
      // A sentence begins with a capital, a formula does not.
      if (description.paragraphs.empty() && std::islower(paragraph[1])) {
        paragraph[0] = std::toupper(paragraph[0]);
      }
      description.paragraphs.push_back(paragraph);
    }
  }
  return description;
}

}  // namespace doppio
