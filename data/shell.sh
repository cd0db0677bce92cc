# For the get and create scripts, which source this file: they work from the top
# of the repository wherever they were called from, stop at the first failure,
# leave alone what is finished already, and print their head for --help.

set -euo pipefail
case ${1:-} in
  -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;;
esac
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=${DOPPIO_TOOLS:-build/tools}

fail() {
  echo "${BASH_SOURCE[-1]#"$PWD"/}: $*" >&2
  exit 1
}

# takes NUMBER ARGUMENT...: fails if there are more arguments than that, or flags.
takes() {
  local argument
  for argument in "${@:2}"; do
    [[ $argument != -* ]] || fail "there is no option $argument; --help says more"
  done
  (($# - 1 <= $1)) ||
    fail "\"${*:$1+2:1}\" is one argument too many; --help says more"
}

# The absolute form of a path that the caller gave.
absolute() {
  (cd "$called_from" && realpath "$1")
}

# tool NAME ARGUMENT...: one of our programs.
tool() {
  [[ -x $tools/$1 ]] ||
    fail "$tools/$1 is not built yet; ./quickstart builds it, and so do" \
      "cmake --preset default && cmake --build build"
  "$tools/$1" "${@:2}"
}

# fetch URL FILE: an interrupted download leaves no FILE.
fetch() {
  echo "downloading $1"
  if command -v curl > /dev/null; then
    curl --fail --location --silent --show-error --output "$2.part" "$1"
  elif command -v wget > /dev/null; then
    wget --no-verbose --output-document="$2.part" "$1"
  else
    fail "neither curl nor wget is installed, to download $1"
  fi || fail "$1 could not be downloaded"
  mv "$2.part" "$2"
}

# make TARGET COMMAND...: runs COMMAND... TARGET unless TARGET is there. What it
# runs leaves no TARGET when it is interrupted.
make() {
  if [[ -e $1 ]]; then
    echo "$1 is there already; remove it to make it anew"
  else
    "${@:2}" "$1"
  fi
}
