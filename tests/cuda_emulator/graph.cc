// Streams recorded as graphs, with the toolkit's own prototypes.

#include <cuda_runtime_api.h>

#include "emulator.h"
#include "runtime.h"
#include "stream.h"

namespace emulator {
namespace {

long graphs_launched = 0;

Graph* GraphOf(cudaGraph_t graph) { return reinterpret_cast<Graph*>(graph); }
Graph* GraphOf(cudaGraphExec_t exec) { return reinterpret_cast<Graph*>(exec); }

bool SameNodes(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size()) return false;
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    if (a.nodes[i].what != b.nodes[i].what) return false;
  }
  return true;
}

}  // namespace

long graph_launches() {
  Turn turn(mutex);
  return graphs_launched;
}

}  // namespace emulator

using namespace emulator;

extern "C" {

cudaError_t cudaStreamBeginCapture(cudaStream_t stream,
                                   cudaStreamCaptureMode mode) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorStreamCaptureUnsupported);
  if (found->capture || capturing() != nullptr) {
    return Reject(cudaErrorIllegalState, "a capture begins within another");
  }
  if (mode == cudaStreamCaptureModeRelaxed) {
    return Reject(cudaErrorNotSupported, "a relaxed capture is not modelled");
  }
  found->capture = std::make_unique<Graph>();
  capturing() = found;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  Turn turn(mutex);
  *graph = nullptr;
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  if (!found->capture) {
    return Reject(cudaErrorIllegalState, "a capture ends that never began");
  }
  if (capturing() != found) {
    return Reject(cudaErrorStreamCaptureWrongThread,
                  "a capture ends in another thread");
  }
  capturing() = nullptr;
  const std::unique_ptr<Graph> captured = std::move(found->capture);
  if (captured->invalid) return Fail(cudaErrorStreamCaptureInvalidated);
  *graph = reinterpret_cast<cudaGraph_t>(new Graph(*captured));
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t*,
                              size_t* count) {
  *count = GraphOf(graph)->nodes.size();
  return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete GraphOf(graph);
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* exec,
                                          cudaGraph_t graph,
                                          unsigned long long) {
  *exec = reinterpret_cast<cudaGraphExec_t>(new Graph(*GraphOf(graph)));
  return cudaSuccess;
}
cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph,
                                cudaGraphExecUpdateResultInfo* info) {
  Turn turn(mutex);
  const bool same = SameNodes(*GraphOf(exec), *GraphOf(graph));
  info->result = same ? cudaGraphExecUpdateSuccess
                      : cudaGraphExecUpdateErrorTopologyChanged;
  if (!same) return Fail(cudaErrorGraphExecUpdateFailure);
  *GraphOf(exec) = *GraphOf(graph);
  return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  ++graphs_launched;
  for (const Node& node : GraphOf(exec)->nodes) {
    Enqueue(found, node.what, node.run);
  }
  return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  delete GraphOf(exec);
  return cudaSuccess;
}

}  // extern "C"
