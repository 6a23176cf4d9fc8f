#!/usr/bin/env bash
# Prints the Homebrew formula of a release: homebrew.sh REPOSITORY-URL DIRECTORY, where DIRECTORY contains the
# checksums that archive.sh wrote.
set -euo pipefail
url=$1
checksums=$(cd "$2" && pwd)
cd "$(dirname "$0")"

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' ../Cargo.toml | head -n 1)
formula=$(<aws-mfa.rb.in)
formula=${formula//@URL@/$url}
formula=${formula//@VERSION@/$version}
for target in aarch64-apple-darwin x86_64-apple-darwin aarch64-unknown-linux-musl x86_64-unknown-linux-musl; do
    read -r checksum _ <"$checksums/aws-mfa-$version-$target.tar.gz.sha256"
    formula=${formula//@SHA256-$target@/$checksum}
done
printf '%s\n' "$formula"
