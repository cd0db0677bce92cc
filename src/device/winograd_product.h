#pragma once

#include <algorithm>
#include <cstdint>

#include "device/winograd_vector.h"

// The matrix products of Winograd's convolution, on one thread.

namespace doppio {

// Where a block of 16 columns lies in a matrix packed for MultiplyRows: two
// blocks side by side, row by row, and so on; an odd last one by itself.
struct Panel {
  Panel(int block, int blocks, int rows) {
    const bool paired = block / 2 * 2 + 1 < blocks;
    step = paired ? 2 * kLanes : kLanes;
    begin = static_cast<int64_t>(block / 2 * 2) * kLanes * rows +
            (paired ? block % 2 * kLanes : 0);
  }
  int64_t begin;
  int step;  // from row to row
};

constexpr int kRows = 12;  // 24 vectors of sums, which fit into registers

// c (count x kVecs * 16) = sum over p of a's p-th column times b's p-th row.
// a's elements of one column lie `a_row` apart, those of one row `a_step`.
template <int kCount, int kVecs>
[[gnu::always_inline]] inline void Multiply(int depth, const float* a,
                                            int64_t a_row, int64_t a_step,
                                            const float* b, int64_t b_step,
                                            bool add, float* c, int64_t c_row) {
  Vec sum[kCount][kVecs];
#pragma GCC unroll 16
  for (int i = 0; i < kCount; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) {
      sum[i][v] = Vec{};
    }
  }
  for (int p = 0; p < depth; ++p, a += a_step, b += b_step) {
    Vec row[kVecs];
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) row[v] = Load(b + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
      const Vec factor = a[i * a_row] - Vec{};
#pragma GCC unroll 2
      for (int v = 0; v < kVecs; ++v) sum[i][v] += factor * row[v];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < kCount; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) {
      float* to = c + i * c_row + v * kLanes;
      Store(to, add ? Load(to) + sum[i][v] : sum[i][v]);
    }
  }
}

// All `rows`, a multiple of 4.
template <int kVecs>
inline void MultiplyAll(int rows, int depth, const float* a, int64_t a_row,
                        int64_t a_step, const float* b, int64_t b_step,
                        bool add, float* c, int64_t c_row) {
  int i = 0;
  for (; i + kRows <= rows; i += kRows) {
    Multiply<kRows, kVecs>(depth, a + i * a_row, a_row, a_step, b, b_step, add,
                           c + i * c_row, c_row);
  }
  for (; i < rows; i += 4) {
    Multiply<4, kVecs>(depth, a + i * a_row, a_row, a_step, b, b_step, add,
                       c + i * c_row, c_row);
  }
}

// c (rows x blocks * 16) = a (rows x depth) times b, packed as Panel says. a's
// rows lie `a_row` apart. Sums of about kRun products, and then of such sums:
// the first cache keeps that much of b, and short sums round less.
template <int kRun>
inline void MultiplyRows(int rows, int depth, const float* a, int64_t a_row,
                         const float* b, int blocks, float* c) {
  const int columns = blocks * kLanes;
  for (int block = 0; block < blocks; block += 2) {
    const Panel panel(block, blocks, depth);
    const auto multiply = block + 1 < blocks ? MultiplyAll<2> : MultiplyAll<1>;
    for (int p = 0, run = 0; p < depth; p += run) {
      // A few that are left over are not worth another run.
      run = depth - p < kRun * 3 / 2 ? depth - p : kRun;
      multiply(rows, run, a + p, a_row, 1, b + panel.begin + p * panel.step,
               panel.step, p > 0, c + block * kLanes, columns);
    }
  }
}

// c (rows x blocks * 16) = or += a^T b, of a (depth x rows), b (depth x
// columns), all row-major; a's rows lie `a_row` apart.
inline void MultiplyColumns(int rows, int depth, const float* a, int64_t a_row,
                            const float* b, int blocks, bool add, float* c) {
  const int columns = blocks * kLanes;
  for (int block = 0; block < blocks; block += 2) {
    const auto multiply = block + 1 < blocks ? MultiplyAll<2> : MultiplyAll<1>;
    multiply(rows, depth, a, 1, a_row, b + block * kLanes, columns, add,
             c + block * kLanes, columns);
  }
}

}  // namespace doppio
