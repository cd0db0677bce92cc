#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/image_facts.h"
#include "data/image_list.h"
#include "doppio/data_source.h"

namespace doppio {

// What became of a list of images.
struct ConversionReport {
  int64_t written = 0;           // records, those from before included
  int64_t kept = 0;              // of them, those from before
  std::vector<std::string> bad;  // a sentence for each image left out
  // Images that a rule was applied to, by the rule.
  std::map<std::string, std::vector<std::string>> notes;
  // Of each record, in order: its image's place in the list, and a hash of what
  // was stored.
  std::vector<int64_t> images;
  std::vector<uint64_t> hashes;
};

// Applies the rules to what is known of an image file, and notes them.
void Note(const ImageFacts& facts, const std::string& path,
          ConversionReport* report);

// Of a Datum's pixels or image file; not of its labels.
uint64_t HashOfImage(const Datum& datum);

// A sentence for each image that is stored as an earlier one is.
std::vector<std::string> Duplicates(const ImageList& images,
                                    const ConversionReport& report);

// A sentence for each image that another database has, too.
std::vector<std::string> Leaks(const ImageList& images,
                               const ConversionReport& report,
                               const DataSource& other, int threads);

// How many records each class has.
std::map<int, int64_t> ClassCounts(const ImageList& images,
                                   const ConversionReport& report);
std::string Histogram(const std::map<int, int64_t>& counts,
                      const std::vector<std::string>& names);

// Reads the database and throws Error unless it is what the report says.
void Verify(const DataSource& database, const ImageList& images,
            const ConversionReport& report, int threads);

}  // namespace doppio
