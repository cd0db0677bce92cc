#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "device/math.h"
#include "device/winograd.h"
#include "device/winograd_product.h"
#include "device/winograd_tiles.h"

namespace doppio {

// Blobs of nChw16c on one side of a convolution.
struct Images {
  int groups, channels;  // per group
  int height, width;

  int blocks() const { return (channels + kLanes - 1) / kLanes; }
  // With the zeros that fill the last block.
  int padded() const { return blocks() * kLanes; }
  // Where the first pixel of a block of channels lies.
  int64_t At(int image, int group, int block) const {
    return ((static_cast<int64_t>(image) * groups + group) * blocks() + block) *
           height * width * kLanes;
  }
};

// The tiles of m x m that cover images, row by row, image by image.
struct Grid {
  Grid(const Images& covered, int count, int m)
      : images(covered),
        m(m),
        across((covered.width + m - 1) / m),
        per_image((covered.height + m - 1) / m * across),
        tiles(count * per_image) {}

  int Image(int tile) const { return tile / per_image; }
  // Where the tile begins, moved by `pad`, in images like `in`.
  Patch At(int tile, int pad, const Images& in) const {
    const int place = tile % per_image;
    return {place / across * m - pad, place % across * m - pad, in.height,
            in.width};
  }

  const Images images;
  const int m, across, per_image, tiles;
};

// Some of the tiles of a group, which are transformed at a time.
struct Chunk {
  int group, first, count;
};

// Transformed tiles: for each of their elements a matrix, tiles x channels.
struct Tiles {
  // The matrices' distance is odd in cache lines, lest they all fall into one
  // set of the cache.
  Tiles(int tiles, const Images& images)
      : channels(images.padded()),
        apart(static_cast<int64_t>(tiles) * channels + kLanes) {}

  float* Element(int e) const { return data + e * apart; }
  float* At(int tile, int block) const {
    return data + static_cast<int64_t>(tile) * channels + block * kLanes;
  }

  int channels;
  int64_t apart;
  float* data = nullptr;
};

// F(m x m, r x r): m x m results at a time, by a window of r x r.
template <int m, int r>
class WinogradOf final : public Winograd {
 public:
  WinogradOf(const WinogradShape& shape, WinogradWorkspaces* workspaces)
      : shape_(shape),
        workspaces_(*workspaces),
        source_{shape.groups, shape.channels, shape.height, shape.width},
        target_{shape.groups, shape.outputs,
                shape.height + 2 * shape.pad - r + 1,
                shape.width + 2 * shape.pad - r + 1} {}

  void Plan(bool backward_weights) const override {
    const int threads = omp_get_max_threads();
    const int size = TilesAtATime();
    const Pair all{Tiles(size, source_), Tiles(size, target_)};
    workspaces_.weights.Plan(shape_.groups * kElements * element());
    workspaces_.tiles.Plan(threads * all.floats());
    if (backward_weights) workspaces_.sums.Plan(threads * sums_per_thread());
  }

  void Forward(const float* source, const float* weights, const float* bias,
               float slope, float* target) override {
    const int64_t filter = int64_t{shape_.channels} * kTaps;
    TransformWeights({weights, shape_.outputs * filter, filter, kTaps, false},
                     source_, target_);
    Convolve(source_, source, shape_.pad, target_, bias, slope, target);
  }

  void BackwardData(const float* target_diff, const float* weights,
                    float* source_diff) override {
    const int64_t filter = int64_t{shape_.channels} * kTaps;
    TransformWeights({weights, shape_.outputs * filter, kTaps, filter, true},
                     target_, source_);
    Convolve(target_, target_diff, r - 1 - shape_.pad, source_, nullptr, 1,
             source_diff);
  }

  void BackwardWeights(const float* source, const float* target_diff,
                       bool add_weights, float* weights_diff, bool add_bias,
                       float* bias_diff) override {
    for (int g = 0; g < shape_.groups; ++g) {
      SumProducts(g, source, target_diff);
      TransformSums(g, add_weights, weights_diff);
      if (bias_diff != nullptr) SumBias(g, add_bias, bias_diff);
    }
  }

 private:
  static constexpr int n = m + r - 1;
  static constexpr int kElements = n * n;
  static constexpr int kTaps = r * r;
  // More points round more, which shorter sums make up for.
  static constexpr int kRun = n == 6 ? 64 : 16;

  // Row-major weights seen from one side.
  struct Filters {
    const float* data;
    int64_t group, output, input;  // how far apart the next one is
    bool turned;                   // by half a turn, for backward data
  };

  // Tiles transformed at a time: as many as fit into the second cache, but
  // enough that the weights are not read all the time.
  int TilesAtATime() const {
    constexpr int kCache = 1 << 18;  // floats
    const int fitting =
        kCache / (kElements * (source_.padded() + target_.padded()));
    return std::clamp(fitting / kRows * kRows, kRows * 4, kRows * 8);
  }
  static int Chunks(const Grid& grid, int size) {
    return (grid.tiles + size - 1) / size;
  }
  static Chunk ChunkAt(int64_t index, const Grid& grid, int size) {
    const int chunks = Chunks(grid, size);
    const int first = static_cast<int>(index % chunks) * size;
    return {static_cast<int>(index / chunks), first,
            std::min(size, grid.tiles - first)};
  }

  // The two sides' transformed tiles, for each thread its own.
  struct Pair {
    Tiles in, out;
    int64_t floats() const { return kElements * (in.apart + out.apart); }
    Pair At(float* memory) const {
      Pair pair = *this;
      pair.in.data = memory;
      pair.out.data = memory + kElements * in.apart;
      return pair;
    }
  };

  // One of the transformed weights' elements, whichever side is the input, or
  // of a thread's sums for their diff; the bias's follow.
  int64_t element() const {
    return int64_t{source_.padded()} * target_.padded();
  }
  int64_t sums_per_thread() const {
    return kElements * element() + target_.padded();
  }
  float* BiasSums(float* sums) const { return sums + kElements * element(); }

  void TransformWeights(const Filters& filters, const Images& from,
                        const Images& to);
  void Convolve(const Images& from, const float* source, int pad,
                const Images& to, const float* bias, float slope,
                float* target);
  void SumProducts(int group, const float* source, const float* target_diff);
  void AddChunk(const Chunk& chunk, const Grid& grid, const float* source,
                const float* target_diff, const Pair& tiles, bool add,
                float* sums);
  void TransformSums(int group, bool add, float* weights_diff);
  void SumBias(int group, bool add, float* bias_diff);

  const WinogradShape shape_;
  WinogradWorkspaces& workspaces_;
  const Images source_, target_;
  int team_ = 1;  // threads whose sums are to be added up
};

template <int n>
void TransformInputs(const Images& from, const float* source, int pad,
                     const Chunk& chunk, const Grid& grid, const Tiles& to) {
  for (int t = 0; t < chunk.count; ++t) {
    const int tile = chunk.first + t;
    const Patch patch = grid.At(tile, pad, from);
    for (int b = 0; b < from.blocks(); ++b) {
      const int64_t corner = from.At(grid.Image(tile), chunk.group, b);
      TransformInput<n>(source + corner, patch, to.At(t, b), to.apart);
    }
  }
}

template <int m, int n>
void TransformOutputs(const Tiles& from, const Chunk& chunk, const Grid& grid,
                      const float* bias, float slope, float* target) {
  const Images& to = grid.images;
  for (int t = 0; t < chunk.count; ++t) {
    const int tile = chunk.first + t;
    const Patch patch = grid.At(tile, 0, to);
    for (int b = 0; b < to.blocks(); ++b) {
      const int channel = chunk.group * to.channels + b * kLanes;
      TransformOutput<m, n>(
          from.At(t, b), from.apart,
          bias != nullptr ? Load(bias + channel, to.channels - b * kLanes)
                          : Vec{},
          slope, patch, target + to.At(grid.Image(tile), chunk.group, b));
    }
  }
}

template <int m, int r>
void WinogradOf<m, r>::TransformWeights(const Filters& filters,
                                        const Images& from, const Images& to) {
  const int blocks = to.blocks(), inputs = from.channels;
  float* const all =
      workspaces_.weights.Require(shape_.groups * kElements * element());
#pragma omp parallel for collapse(2) schedule(static)
  for (int g = 0; g < shape_.groups; ++g) {
    for (int block = 0; block < blocks; ++block) {
      const float* first =
          filters.data + g * filters.group + block * kLanes * filters.output;
      const int lanes = std::min(kLanes, to.channels - block * kLanes);
      const Panel panel(block, blocks, inputs);
      float* packed = all + g * kElements * element() + panel.begin;
      for (int c = 0; c < inputs; ++c) {
        Vec taps[kTaps] = {}, made[kElements];
        for (int t = 0; t < kTaps; ++t) {
          const int tap = filters.turned ? kTaps - 1 - t : t;
          for (int lane = 0; lane < lanes; ++lane) {
            taps[t][lane] =
                first[lane * filters.output + c * filters.input + tap];
          }
        }
        TransformFilter<n, r>(taps, made);
        for (int e = 0; e < kElements; ++e) {
          Store(packed + e * element() + c * panel.step, made[e]);
        }
      }
    }
  }
}

template <int m, int r>
void WinogradOf<m, r>::Convolve(const Images& from, const float* source,
                                int pad, const Images& to, const float* bias,
                                float slope, float* target) {
  const Grid grid(to, shape_.images, m);
  const int size = TilesAtATime();
  const Pair all{Tiles(size, from), Tiles(size, to)};
  float* const scratch =
      workspaces_.tiles.Require(omp_get_max_threads() * all.floats());
  const float* const weights = workspaces_.weights.floats();
#pragma omp parallel
  {
    const Pair tiles = all.At(scratch + omp_get_thread_num() * all.floats());
    int64_t begin = 0, end = 0;
    ThreadPart(int64_t{shape_.groups} * Chunks(grid, size), &begin, &end);
    for (int64_t c = begin; c < end; ++c) {
      const Chunk chunk = ChunkAt(c, grid, size);
      TransformInputs<n>(from, source, pad, chunk, grid, tiles.in);
      for (int e = 0; e < kElements; ++e) {
        // A few rows beyond the last tile's are computed for nothing.
        MultiplyRows<kRun>((chunk.count + 3) / 4 * 4, from.channels,
                           tiles.in.Element(e), from.padded(),
                           weights + (chunk.group * kElements + e) * element(),
                           to.blocks(), tiles.out.Element(e));
      }
      TransformOutputs<m, n>(tiles.out, chunk, grid, bias, slope, target);
    }
  }
}

template <int m, int r>
void WinogradOf<m, r>::SumProducts(int group, const float* source,
                                   const float* target_diff) {
  const Grid grid(target_, shape_.images, m);
  const int size = TilesAtATime();
  const Pair all{Tiles(size, source_), Tiles(size, target_)};
  const int threads = omp_get_max_threads();
  float* const scratch = workspaces_.tiles.Require(threads * all.floats());
  float* const all_sums = workspaces_.sums.Require(threads * sums_per_thread());
#pragma omp parallel
  {
#pragma omp single
    team_ = omp_get_num_threads();
    const int thread = omp_get_thread_num();
    const Pair tiles = all.At(scratch + thread * all.floats());
    float* const sums = all_sums + thread * sums_per_thread();
    int64_t begin = 0, end = 0;
    ThreadPart(Chunks(grid, size), &begin, &end);
    // The first chunk overwrites the other sums.
    float* const zeros = begin < end ? BiasSums(sums) : sums;
    std::fill(zeros, sums + sums_per_thread(), 0.f);
    for (int64_t c = begin; c < end; ++c) {
      Chunk chunk = ChunkAt(c, grid, size);
      chunk.group = group;
      AddChunk(chunk, grid, source, target_diff, tiles, c > begin, sums);
    }
  }
}

template <int m, int r>
void WinogradOf<m, r>::AddChunk(const Chunk& chunk, const Grid& grid,
                                const float* source, const float* target_diff,
                                const Pair& tiles, bool add, float* sums) {
  TransformInputs<n>(source_, source, shape_.pad, chunk, grid, tiles.in);
  for (int t = 0; t < chunk.count; ++t) {
    const int tile = chunk.first + t;
    const Patch patch = grid.At(tile, 0, target_);
    for (int b = 0; b < target_.blocks(); ++b) {
      const int64_t corner = target_.At(grid.Image(tile), chunk.group, b);
      TransformDiff<n, m>(target_diff + corner, patch, tiles.out.At(t, b),
                          tiles.out.apart, BiasSums(sums) + b * kLanes);
    }
  }
  for (int e = 0; e < kElements; ++e) {
    MultiplyColumns((shape_.channels + 3) / 4 * 4, chunk.count,
                    tiles.in.Element(e), source_.padded(), tiles.out.Element(e),
                    target_.blocks(), add, sums + e * element());
  }
}

template <int m, int r>
void WinogradOf<m, r>::TransformSums(int group, bool add, float* weights_diff) {
  const float* const all_sums = workspaces_.sums.floats();
  const int inputs = shape_.channels, outputs = target_.padded();
#pragma omp parallel for collapse(2) schedule(static)
  for (int c = 0; c < inputs; ++c) {
    for (int k = 0; k < outputs; k += kLanes) {
      Vec sum[kElements] = {}, taps[kTaps];
      for (int t = 0; t < team_; ++t) {
        const float* from =
            all_sums + t * sums_per_thread() + int64_t{c} * outputs + k;
        for (int e = 0; e < kElements; ++e)
          sum[e] += Load(from + e * element());
      }
      TransformSquare<WinogradOutput<r, n>>(sum, taps);
      for (int lane = 0; lane < kLanes && k + lane < shape_.outputs; ++lane) {
        const int64_t output = int64_t{group} * shape_.outputs + k + lane;
        float* to = weights_diff + (output * inputs + c) * kTaps;
        for (int t = 0; t < kTaps; ++t) {
          to[t] = taps[t][lane] + (add ? to[t] : 0);
        }
      }
    }
  }
}

template <int m, int r>
void WinogradOf<m, r>::SumBias(int group, bool add, float* bias_diff) {
  float* const sums = workspaces_.sums.floats();
  for (int k = 0; k < shape_.outputs; ++k) {
    float* to = bias_diff + group * shape_.outputs + k;
    float sum = add ? *to : 0;
    for (int t = 0; t < team_; ++t) {
      sum += BiasSums(sums + t * sums_per_thread())[k];
    }
    *to = sum;
  }
}

}  // namespace doppio
