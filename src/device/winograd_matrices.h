#pragma once

namespace doppio {

// The matrices of Winograd's minimal filtering F(m, r): m neighbouring outputs
// of a filter of r taps cost n = m + r - 1 multiplications rather than m * r,
//   y = A^T ((G g) * (B^T d)),   d n inputs, g r taps, * element by element.
// By Toom and Cook's construction: a polynomial product computed from its
// values at n - 1 points and at infinity, transposed (S. Winograd, "Arithmetic
// complexity of computations", 1980; A. Lavin and S. Gray, 2016). The points
// are those of few bits that round least, by trial (B. Barabasz et al., "Error
// analysis and improving the accuracy of Winograd convolution", 2020, on why).
constexpr double WinogradPoint(int n, int i) {
  constexpr double kSix[] = {0, 0.625, -0.625, 1.5, -1.5};
  constexpr double kSeven[] = {0, 1.25, -0.5, -2.5, -1, 0.625};
  return n == 6 ? kSix[i] : kSeven[i];
}

template <int kRows, int kColumns>
struct Matrix {
  float at[kRows][kColumns] = {};
};

// The product of the distances of point i from the other n - 2.
constexpr double WinogradNorm(int n, int i) {
  double norm = 1;
  for (int j = 0; j < n - 1; ++j) {
    if (j != i) norm *= WinogradPoint(n, i) - WinogradPoint(n, j);
  }
  return norm;
}

// G: the values at the points of a polynomial of `kTaps` coefficients, scaled.
template <int n, int kTaps>
constexpr Matrix<n, kTaps> WinogradFilter() {
  Matrix<n, kTaps> g;
  for (int i = 0; i < n - 1; ++i) {
    double power = 1 / WinogradNorm(n, i);
    for (int j = 0; j < kTaps; ++j, power *= WinogradPoint(n, i)) {
      g.at[i][j] = static_cast<float>(power);
    }
  }
  g.at[n - 1][kTaps - 1] = 1;
  return g;
}

// A^T.
template <int kOutputs, int n>
constexpr Matrix<kOutputs, n> WinogradOutput() {
  Matrix<kOutputs, n> a;
  for (int i = 0; i < n - 1; ++i) {
    double power = 1;
    for (int j = 0; j < kOutputs; ++j, power *= WinogradPoint(n, i)) {
      a.at[j][i] = static_cast<float>(power);
    }
  }
  a.at[kOutputs - 1][n - 1] = 1;
  return a;
}

// B^T: row i has the coefficients of the product of (x - p_j) over all j != i;
// the last row, that of infinity, over all j.
template <int n>
constexpr Matrix<n, n> WinogradInput() {
  Matrix<n, n> b;
  for (int i = 0; i < n; ++i) {
    double c[n] = {1};
    int degree = 0;
    for (int j = 0; j < n - 1; ++j) {
      if (j == i) continue;
      ++degree;
      for (int k = degree; k >= 0; --k) {
        c[k] = (k > 0 ? c[k - 1] : 0) - WinogradPoint(n, j) * c[k];
      }
    }
    for (int k = 0; k < n; ++k) b.at[i][k] = static_cast<float>(c[k]);
  }
  return b;
}

}  // namespace doppio
