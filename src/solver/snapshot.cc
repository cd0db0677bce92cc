#include "solver/snapshot.h"

#include <glog/logging.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>

#include "doppio/error.h"
#include "doppio/solver.h"
#include "io/file.h"
#include "io/hdf5.h"
#include "io/weights.h"
#include "solver/identity.h"
#include "solver/state_file.h"

namespace doppio {
namespace {

namespace fs = std::filesystem;

constexpr char kIter[] = "_iter_";
constexpr char kState[] = ".solverstate";
constexpr char kHdf5[] = ".h5";

bool Exists(const std::string& path) {
  std::error_code unreadable;
  return fs::exists(path, unreadable);
}

// The folder of files that begin with `prefix`.
std::string FolderOf(const std::string& prefix) {
  const std::string folder = fs::path(prefix).parent_path().string();
  return folder.empty() ? "." : folder;
}

// The N of PREFIX_iter_N.solverstate, and PREFIX; -1 if it is no such name.
int IterationOf(const std::string& file, std::string* prefix) {
  const size_t end =
      file.size() - (EndsWith(file, kHdf5) ? std::strlen(kHdf5) : 0);
  if (!EndsWith(file.substr(0, end), kState)) return -1;
  const size_t iter = file.rfind(kIter);
  if (iter == std::string::npos) return -1;
  const size_t from = iter + std::strlen(kIter);
  const size_t digits = end - std::strlen(kState) - from;
  const std::string number = file.substr(from, digits);
  const bool numeric =
      number.find_first_not_of("0123456789") == std::string::npos;
  constexpr size_t kMostDigits = 9;
  if (digits == 0 || digits > kMostDigits || !numeric) return -1;
  *prefix = file.substr(0, iter);
  return std::stoi(number);
}

// State files of a prefix, by iteration.
std::map<int, std::string> StateFiles(const std::string& prefix) {
  std::map<int, std::string> files;
  std::error_code unreadable;
  for (const auto& entry :
       fs::directory_iterator(FolderOf(prefix), unreadable)) {
    const std::string name = entry.path().filename().string();
    std::string stem;
    const int iteration = IterationOf(name, &stem);
    if (iteration < 0 || stem != fs::path(prefix).filename()) continue;
    files[iteration] =
        StateFile(prefix, iteration,
                  EndsWith(name, kHdf5) ? SolverParameter::HDF5
                                        : SolverParameter::BINARYPROTO);
  }
  return files;
}

// Folders get moved as a whole, so the model file beside the state comes first.
std::string FindWeights(const std::string& state_file,
                        const SolverState& state) {
  const fs::path named = state.learned_net();
  const fs::path beside = fs::path(state_file).parent_path() / named.filename();
  if (Exists(beside)) return beside.string();
  Require(Exists(named), "snapshot ", state_file, " belongs to the model file ",
          named.string(), ", which is neither there nor beside it");
  return named.string();
}

SavedRun ReadPair(const std::string& state_file) {
  SavedRun saved;
  saved.state = ReadState(state_file);
  const SolverState& state = saved.state;
  Require(state.has_iter() && state.iter() >= 0, "snapshot ", state_file,
          " does not say its iteration; it may be some other file");
  // Ours say what they belong to in the last field.
  Require(!state.has_random_seed() || state.has_weights_hash(), "snapshot ",
          state_file, " is cut short: the checksum of its weights is missing");
  if (state.learned_net().empty()) return saved;
  const std::string weights_file = FindWeights(state_file, state);
  saved.weights = ReadWeights(weights_file);
  Require(!state.has_weights_hash() ||
              state.weights_hash() == HashOfValues(saved.weights),
          "weights ", weights_file, " do not belong to snapshot ", state_file,
          ": their checksum differs, so one of the files was damaged or "
          "replaced");
  return saved;
}

}  // namespace

std::string SnapshotPrefix(const SolverSource& source) {
  const fs::path given = source.solver.snapshot_prefix();
  const fs::path file = source.file.empty() ? "solver" : source.file;
  if (given.empty()) return fs::path(file).replace_extension().string();
  std::error_code unreadable;
  const bool folder =
      given.filename().empty() || fs::is_directory(given, unreadable);
  return folder ? (given / file.stem()).string() : given.string();
}

std::string WeightsFile(const std::string& prefix, int iteration,
                        SolverParameter::SnapshotFormat format) {
  return prefix + kIter + std::to_string(iteration) + ".caffemodel" +
         (format == SolverParameter::HDF5 ? kHdf5 : "");
}

std::string StateFile(const std::string& prefix, int iteration,
                      SolverParameter::SnapshotFormat format) {
  return prefix + kIter + std::to_string(iteration) + kState +
         (format == SolverParameter::HDF5 ? kHdf5 : "");
}

std::string BestFile(const std::string& prefix,
                     SolverParameter::SnapshotFormat format) {
  return prefix + "_best.caffemodel" +
         (format == SolverParameter::HDF5 ? kHdf5 : "");
}

void RemoveOldSnapshots(const std::string& prefix, int iteration, int keep) {
  int newer = 0;
  const std::map<int, std::string> files = StateFiles(prefix);
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    if (file->first > iteration || ++newer <= keep) continue;
    // The state first: it stands for a complete pair.
    std::error_code gone;
    for (const auto format :
         {SolverParameter::BINARYPROTO, SolverParameter::HDF5}) {
      fs::remove(StateFile(prefix, file->first, format), gone);
      fs::remove(WeightsFile(prefix, file->first, format), gone);
    }
  }
}

void CheckWritable(const std::string& prefix,
                   SolverParameter::SnapshotFormat format) {
  if (format == SolverParameter::HDF5) NewHdf5();
  const std::string folder = FolderOf(prefix);
  std::error_code unreadable;
  Require(fs::is_directory(folder, unreadable), "snapshots ", prefix, kIter,
          "N cannot be written: there is no folder ", folder,
          "; make it, or change snapshot_prefix");
  std::string probe = prefix + ".XXXXXX";
  const int file = mkstemp(probe.data());
  Require(file >= 0, "snapshots ", prefix, kIter,
          "N cannot be written: ", std::strerror(errno),
          "; change snapshot_prefix");
  close(file);
  unlink(probe.c_str());
}

void WriteModel(const std::string& prefix,
                SolverParameter::SnapshotFormat format,
                const NetParameter& weights, SolverState* state) {
  const std::string weights_file = WeightsFile(prefix, state->iter(), format);
  state->set_learned_net(weights_file);
  state->set_net_hash(HashOf(IdentityOf(weights)));
  state->set_weights_hash(HashOfValues(weights));
  WriteWeights(weights_file, weights);
}

SavedRun ReadSnapshot(const std::string& state_file) {
  try {
    return ReadPair(state_file);
  } catch (const Error& error) {
    std::string prefix;
    const int iteration = IterationOf(state_file, &prefix);
    const std::string before =
        iteration < 0 ? "" : NewestSnapshot(prefix, iteration, false);
    if (before.empty()) throw;
    throw Error(error.what(), "; the one before it is ", before);
  }
}

std::string NewestSnapshot(const std::string& prefix, int before, bool tell) {
  const std::map<int, std::string> files = StateFiles(prefix);
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    if (file->first >= before) continue;
    try {
      ReadPair(file->second);
      return file->second;
    } catch (const Error& error) {
      if (tell) LOG(WARNING) << "passed over: " << error.what();
    }
  }
  return "";
}

std::string NewestSnapshot(const SolverSource& source) {
  return NewestSnapshot(SnapshotPrefix(source), std::numeric_limits<int>::max(),
                        true);
}

}  // namespace doppio
