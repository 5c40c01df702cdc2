#!/bin/sh
# Makes a store, serves it on a free port, runs browser tests against it, ends it.
#
#   run.sh PROGRAM                      the demo, all tests
#   run.sh PROGRAM saved|gap TEST…      postings of which something is missing; a collection with a gap
#   run.sh PROGRAM FILE,FILE… TEST…     saved files
set -eu
jobtide=$1
kind=${2:-demo}
[ $# -lt 2 ] || shift
shift
work=$(mktemp -d)
cleanup() {
    status=$?
    [ "$status" = 0 ] || tail -50 "$work/log" >&2
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    [ -z "${source:-}" ] || kill "$source" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT INT TERM
cd "$(dirname "$0")/.."
store=$work/store

# Waits for an address in a log that a program writes.
address_of() {
    for _ in $(seq 1 600); do
        found=$(sed -n 's|.*\(http://127[0-9.]*:[0-9]*\).*|\1|p' "$work/$1" | head -1)
        [ -z "$found" ] || { echo "$found"; return; }
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    echo "the program did not come up:" >&2
    cat "$work/$1" >&2
    return 1
}

: >"$work/log"
case $kind in
demo)
    "$jobtide" demo --folder "$store" --listen 127.0.0.1:0 2>"$work/log" &
    server=$!
    ;;
*)
    export JOBTIDE__STORAGE__URL="$store" JOBTIDE__SERVER__LISTEN=127.0.0.1:0
    case $kind in
    gap)
        : >"$work/source"
        "$jobtide" simulate saramin --port 0 --postings 1500 --start 2026-05-01 --end 2026-08-01 \
            --daily-quota 0 2>"$work/source" &
        source=$!
        JOBTIDE__SOURCES__SARAMIN__BASE_URL=$(address_of source "$source")
        export JOBTIDE__SOURCES__SARAMIN__BASE_URL SARAMIN_ACCESS_KEY=any
        export JOBTIDE__SOURCES__SARAMIN__START=2026-05-01
        "$jobtide" run collect_postings --from 2026-05-05 --to 2026-05-25 2>>"$work/log"
        "$jobtide" run collect_postings --from 2026-07-05 --to 2026-08-01 2>>"$work/log"
        ;;
    saved)
        node e2e/incomplete.mjs >"$work/postings.jsonl"
        "$jobtide" land saramin "$work/postings.jsonl" 2>>"$work/log"
        ;;
    *)
        echo "$kind" | tr , '\n' | while read -r file; do
            "$jobtide" land saramin "$file" 2>>"$work/log"
        done
        ;;
    esac
    "$jobtide" build 2>>"$work/log"
    : >"$work/log"
    "$jobtide" serve 2>"$work/log" &
    server=$!
    ;;
esac
BASE_URL=$(address_of log "$server")
case $BASE_URL in */) ;; *) BASE_URL=$BASE_URL/ ;; esac
export BASE_URL PROGRAM="$jobtide" STORE="$store"
echo "browser tests on $kind: ${*:-all}"
npm run --silent e2e -- "$@"
