#!/usr/bin/env bash
# Packs a release: archive.sh TARGET PROGRAM DIRECTORY writes aws-mfa-VERSION-TARGET.tar.gz (.zip for Windows),
# with man pages and completion scripts, and its checksum into DIRECTORY. PROGRAM must run on this machine,
# because it writes its own man pages.
set -euo pipefail
target=$1
program=$(realpath "$2")
mkdir -p "$3"
out=$(cd "$3" && pwd)
cd "$(dirname "$0")/.."

version=$("$program" --version)
name=aws-mfa-${version#aws-mfa }-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/$name"
cp "$program" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$work/$name/"
cp -R completions docs "$work/$name/"
"$program" man --to "$work/$name/man"
chmod -R u=rwX,go=rX "$work/$name"

case $target in
    *windows*)
        file=$name.zip
        rm -f "$out/$file"
        (cd "$work" && 7z a -tzip "$out/$file" "$name" >/dev/null)
        ;;
    *)
        file=$name.tar.gz
        # With GNU tar, the same input gives the same bytes. (`${options[@]+…}`, because bash 3.2 of macOS treats
        # an empty array as unset.)
        options=()
        if tar --version | grep -q GNU; then
            options=(--sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}")
        fi
        tar -C "$work" ${options[@]+"${options[@]}"} -cf - "$name" | gzip -9n >"$out/$file"
        ;;
esac
if command -v sha256sum >/dev/null; then
    (cd "$out" && sha256sum "$file" >"$file.sha256")
else
    (cd "$out" && shasum -a 256 "$file" >"$file.sha256")
fi
echo "$out/$file"
