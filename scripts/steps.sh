# For the scripts that source this file: the packages, and steps of one line each
# with the time they took. Logs go to build/*.log.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p build

# Threads that wait sleep: where the machine has other work to do, as it has when
# two tests run at a time, those that spin slow each other down many times over.
export OMP_WAIT_POLICY=passive

# Names in Debian 12; in Ubuntu they are the same.
build_packages=(
  g++ cmake ninja-build pkg-config protobuf-compiler libprotobuf-dev
  liblmdb-dev libgoogle-glog-dev libgflags-dev libdnnl-dev zlib1g-dev
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev
  libhdf5-dev libleveldb-dev libturbojpeg0-dev
)
quickstart_packages=("${build_packages[@]}" dataset-fashion-mnist)
check_packages=(
  "${build_packages[@]}" libgtest-dev libgmock-dev libbenchmark-dev
  clang-format python3 python3-numpy libopencv-dnn-dev
)

# step TITLE LOG COMMAND...: one line; if the command fails, the end of its log.
step() {
  local title=$1 log=build/$2.log begin=$SECONDS
  printf '%-50s' "$title"
  if "${@:3}" > "$log" 2>&1 < /dev/null; then
    printf '%5d s\n' $((SECONDS - begin))
  else
    printf 'failed after %d s\n\n' $((SECONDS - begin))
    tail -n "${lines_of_failure:-40}" "$log"
    printf '\nThis was the end of %s.\n' "$log"
    exit 1
  fi
}

# install_packages NAME...: those that are missing.
install_packages() {
  local missing=() root=()
  if ! command -v apt-get > /dev/null; then
    echo "There is no apt-get here. Install what Debian calls" >&2
    echo "  $*" >&2
    echo "by hand, then pass --no-install." >&2
    exit 1
  fi
  mapfile -t missing < <(comm -13 \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2> /dev/null |
      sed -n 's/^installed //p' | sort -u) <(printf '%s\n' "$@" | sort))
  ((${#missing[@]} > 0)) || return 0
  if ((EUID != 0)); then
    command -v sudo > /dev/null || {
      echo "Missing packages: ${missing[*]}" >&2
      echo "Run this as root, or install sudo, or install them and pass" \
        "--no-install." >&2
      exit 1
    }
    echo "To install ${missing[*]}:"
    sudo -v
    root=(sudo)
  fi
  step "Installing ${#missing[@]} packages" packages \
    apt_install "${missing[@]}"
}

apt_install() {
  "${root[@]}" apt-get update &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --no-install-recommends "$@"
}

# configure PRESET FLAG...
configure() {
  if command -v ccache > /dev/null; then
    set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
  cmake --preset "$@"
}

total() {
  printf '%-50s%5d s\n' "Together" $SECONDS
}
