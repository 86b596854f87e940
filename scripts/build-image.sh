#!/usr/bin/env bash
# Builds the container image where no engine runs and no image registry is within reach, and smoke-runs the result:
# as root on Debian, with buildah on base images made from Debian's own packages. Elsewhere use `docker build`.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ] || ! [ -f /etc/debian_version ]; then
  echo "parley: this script needs root on Debian; elsewhere: docker build -t parley ." >&2
  exit 1
fi
missing=()
for program in buildah debootstrap; do command -v "$program" > /dev/null || missing+=("$program"); done
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

storage=${PARLEY_IMAGE_STORAGE:-/var/tmp/parley-image}
buildah() { command buildah --storage-driver vfs --root "$storage/root" --runroot "$storage/run" "$@"; }
has_image() { buildah inspect --type image "$1" > /dev/null 2>&1; }

debian=docker.io/library/debian:bookworm-slim
node=docker.io/library/node:20-bookworm-slim

make_debian() {
  local folder
  folder=$(mktemp -d /var/tmp/parley-debian-XXXXXX)
  echo "making $debian with debootstrap …"
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$folder" > "$storage/debootstrap.log"
  rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/* "$folder"/usr/share/{doc,man,locale}
  # Where certificates of a proxy are trusted here, the build inside trusts them too.
  cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
  local container
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder" / > /dev/null
  buildah config --cmd /bin/bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit --quiet --rm "$container" "$debian" > /dev/null
  rm -rf "$folder"
}

# The same base with this machine's Node and npm, standing in for the official image of that name.
make_node() {
  echo "making $node from this machine's Node $(node --version) …"
  local container npm
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  container=$(buildah from --pull-never "$debian")
  buildah add --quiet "$container" "$(readlink -f "$(command -v node)")" /usr/local/bin/node > /dev/null
  buildah add --quiet "$container" "$npm" /usr/local/lib/node_modules/npm > /dev/null
  buildah run --isolation chroot "$container" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  buildah commit --quiet --rm "$container" "$node" > /dev/null
}

mkdir -p "$storage"
has_image "$debian" || make_debian
has_image "$node" || make_node
buildah bud --isolation chroot --pull-never --format docker --tag parley .
node scripts/smoke-image.mjs buildah parley --storage "$storage"

# As two instances behind Nginx, where the tests' programs are at hand.
bun=node_modules/bun/bin/bun.exe
if [ -x "$bun" ]; then
  "$bun" scripts/test-services.ts ensure postgres redis nginx
  "$bun" scripts/smoke-scaled.ts parley --storage "$storage"
else
  echo "parley: not tried as two instances; node scripts/build-web.mjs brings what that needs" >&2
fi
