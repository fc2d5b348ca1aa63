# Installs the program; see the input version.

# install_zonetender puts the program into a folder.
install_zonetender() {
  local to=$1 version=${INPUT_VERSION#v}
  mkdir -p "$to"
  if [ -z "$version" ] && command -v go >/dev/null; then
    (cd "$ACTION_PATH" && CGO_ENABLED=0 go build -trimpath -o "$to/zonetender" ./cmd/zonetender)
    return
  fi
  if [ -z "$version" ]; then version=${ACTION_REF#v}; fi
  if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
    echo "::error::zonetender: version ${version:-not set}: expected one such as 1.2.3, as there is no Go toolchain to build with" >&2
    return 1
  fi
  download_zonetender "$version" "$to"
}

# download_zonetender downloads a release and checks it against the release's checksums.
download_zonetender() {
  local version=$1 to=$2 os arch name url want got
  os=$(uname -s | tr '[:upper:]' '[:lower:]')
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) arch=$(uname -m) ;;
  esac
  name=zonetender_${version}_${os}_$arch
  url=${RELEASES_URL:-https://github.com/zonetender/zonetender/releases/download}/v$version
  local get=(curl --fail --silent --show-error --location --proto '=https,file' --proto-redir '=https' --retry 3)
  "${get[@]}" --output "$to/sha256sums" "$url/sha256sums"
  "${get[@]}" --output "$to/$name" "$url/$name"
  want=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' "$to/sha256sums")
  got=$( (sha256sum "$to/$name" || shasum -a 256 "$to/$name") 2>/dev/null | cut -d ' ' -f 1)
  if [ -z "$want" ] || [ "$want" != "$got" ]; then
    echo "::error::zonetender: $name: its checksum is ${got:-not known}, expected ${want:-one in sha256sums}" >&2
    rm -f "$to/$name"
    return 1
  fi
  mv "$to/$name" "$to/zonetender"
  chmod +x "$to/zonetender"
}
