#include <glog/logging.h>

#include <map>
#include <set>
#include <utility>

#include "core/cuda.h"
#include "core/host_stops.h"
#include "device/blas_workspace.cuh"
#include "solver/step_graphs.h"

namespace doppio {
namespace {

// One graph after the other, the same in each iteration.
class GraphRecorder {
 public:
  GraphRecorder() = default;
  GraphRecorder(const GraphRecorder&) = delete;
  GraphRecorder& operator=(const GraphRecorder&) = delete;
  ~GraphRecorder() {
    Abandon();
    cudaStreamSynchronize(Stream());
    for (const cudaGraphExec_t exec : execs_) cudaGraphExecDestroy(exec);
  }

  bool recording() const { return recording_; }
  void Rewind() { next_ = 0; }

  void Start() {
    // Loaders go on allocating in threads of their own.
    CheckCuda(
        cudaStreamBeginCapture(Stream(), cudaStreamCaptureModeThreadLocal),
        "cudaStreamBeginCapture");
    recording_ = true;
  }

  void Launch() {
    recording_ = false;
    cudaGraph_t graph = nullptr;
    CheckCuda(cudaStreamEndCapture(Stream(), &graph), "cudaStreamEndCapture");
    const std::unique_ptr<CUgraph_st, void (*)(cudaGraph_t)> owner(
        graph, [](cudaGraph_t g) { cudaGraphDestroy(g); });
    size_t nodes = 0;
    CheckCuda(cudaGraphGetNodes(graph, nullptr, &nodes), "cudaGraphGetNodes");
    if (nodes == 0) return;
    if (next_ == execs_.size()) execs_.push_back(nullptr);
    cudaGraphExec_t& exec = execs_[next_++];
    if (exec == nullptr || !Updates(graph, exec)) Replace(graph, &exec);
    CheckCuda(cudaGraphLaunch(exec, Stream()), "cudaGraphLaunch");
  }

  // After an Error, forgets what was recorded.
  void Abandon() {
    if (!recording_) return;
    recording_ = false;
    cudaGraph_t graph = nullptr;
    if (cudaStreamEndCapture(Stream(), &graph) == cudaSuccess) {
      cudaGraphDestroy(graph);
    }
    cudaGetLastError();
  }

 private:
  static bool Updates(cudaGraph_t graph, cudaGraphExec_t exec) {
    cudaGraphExecUpdateResultInfo info = {};
    if (cudaGraphExecUpdate(exec, graph, &info) == cudaSuccess) return true;
    cudaGetLastError();  // not left for the next call to find
    return false;
  }

  static void Replace(cudaGraph_t graph, cudaGraphExec_t* exec) {
    if (*exec != nullptr) {
      CheckCuda(cudaStreamSynchronize(Stream()), "cudaStreamSynchronize");
      CheckCuda(cudaGraphExecDestroy(std::exchange(*exec, nullptr)),
                "cudaGraphExecDestroy");
    }
    CheckCuda(cudaGraphInstantiateWithFlags(exec, graph, 0),
              "cudaGraphInstantiate");
  }

  bool recording_ = false;
  size_t next_ = 0;
  std::vector<cudaGraphExec_t> execs_;
};

class CudaStepGraphs final : public StepGraphs {
 public:
  CudaStepGraphs(const Context& context, Net* net) : net_(*net) {
    GiveBlasWorkspace(context);
    net->set_herald(
        [this](const Step& step, bool backward) { Before(step, backward); });
  }

  void NextIteration() override {
    recorder_.Rewind();
    if (unrecorded_ == 0) return;
    --unrecorded_;
    // In the first of them, everything may have allocated.
    if (unrecorded_ == 1) outside_.clear();
    if (unrecorded_ == 0) Tell();
  }

  void Record(const std::function<void()>& pass) override {
    within_ = true;
    current_ = kNoStep;
    stops_ = HostStops();
    try {
      pass();
      Note();
      if (recorder_.recording()) recorder_.Launch();
    } catch (...) {
      recorder_.Abandon();
      within_ = false;
      throw;
    }
    within_ = false;
  }

 private:
  using Key = std::pair<size_t, bool>;  // a step's number, and if backward
  static constexpr Key kNoStep{-1, false};

  void Before(const Step& step, bool backward) {
    if (!within_) return;
    Note();
    current_ = {&step - net_.steps().data(), backward};
    const bool on_gpu = step.layer->device() == Device::kCuda;
    if (on_gpu && ShapesChanged(step)) unrecorded_ = 2;
    const bool record =
        on_gpu && unrecorded_ == 0 && outside_.count(current_) == 0;
    if (record == recorder_.recording()) return;
    record ? recorder_.Start() : recorder_.Launch();
  }

  // Whether the host has stopped in the step before.
  void Note() {
    if (HostStops() != stops_ && current_ != kNoStep) outside_.insert(current_);
    stops_ = HostStops();
  }

  bool ShapesChanged(const Step& step) {
    Shapes shapes;
    for (const int t : step.tops) shapes.push_back(net_.places()[t].shape);
    Shapes& before = shapes_[current_.first];
    if (before == shapes) return false;
    before = shapes;
    return true;
  }

  void Tell() {
    for (const auto& [number, backward] : outside_) {
      const Step& step = net_.steps()[number];
      if (step.layer->device() != Device::kCuda || step.inserted || told_) {
        continue;
      }
      told_ = true;
      LOG(WARNING) << step.location
                   << " makes the host wait for the GPU; it runs outside the "
                      "graphs of --cuda_graph, and perhaps others do";
    }
  }

  Net& net_;
  GraphRecorder recorder_;
  bool within_ = false;
  bool told_ = false;
  int unrecorded_ = 2;  // iterations yet to come
  Key current_ = kNoStep;
  long stops_ = 0;
  std::set<Key> outside_;
  std::map<size_t, Shapes> shapes_;
};

}  // namespace

std::unique_ptr<StepGraphs> OpenStepGraphs(const Context& context, Net* net) {
  return std::make_unique<CudaStepGraphs>(context, net);
}

}  // namespace doppio
