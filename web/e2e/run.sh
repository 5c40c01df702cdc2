#!/bin/sh
# Starts the demo on a free port, runs the browser tests against it, ends it.
set -eu
jobtide=$1
work=$(mktemp -d)
cleanup() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT INT TERM

# There before anybody reads it: the program may start later.
: >"$work/log"
"$jobtide" demo --folder "$work/demo" --listen 127.0.0.1:0 2>"$work/log" &
server=$!
address=
for _ in $(seq 1 600); do
    address=$(sed -n 's/.*open \(http:[^ ]*\).*/\1/p' "$work/log")
    [ -z "$address" ] || break
    kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
[ -n "$address" ] || { echo "the demo did not come up in 60 s:" >&2; cat "$work/log" >&2; exit 1; }
cd "$(dirname "$0")/.."
BASE_URL="$address/" PROGRAM="$jobtide" STORE="$work/demo" npm run --silent e2e
