#!/bin/sh
# Installs Debian's nginx where it is missing: a test runs the proxy that docs/guide/operate.md describes.
set -eu
PATH="$PATH:/usr/sbin"
if command -v nginx >/dev/null; then exit; fi
if command -v apt-get >/dev/null; then
    echo "installing nginx-light for the test of the proxy" >&2
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx-light; } >/dev/null
fi
command -v nginx >/dev/null || {
    echo "error: \`nginx\` is not installed; a test runs the proxy that docs/guide/operate.md describes" >&2
    echo "hint: install your system's nginx package" >&2
    exit 1
}
