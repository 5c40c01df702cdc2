#!/bin/sh
# Prints the program of the browser that the end-to-end tests drive: CHROMIUM, else the first Chromium
# on the PATH. With --install, Debian's Chromium and a Korean font are installed first where they are
# missing; without the font every Korean text is a row of boxes, and of another width.
set -eu

find_browser() {
    for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name"; then return; fi
        # A browser that was asked for by name is not replaced by another.
        [ -z "${CHROMIUM:-}" ] || return 1
    done
    return 1
}

has_korean_font() {
    command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ko)" ]
}

if [ "${1:-}" = --install ]; then
    missing=
    find_browser >/dev/null || [ -n "${CHROMIUM:-}" ] || missing="chromium"
    has_korean_font || missing="$missing fontconfig fonts-noto-cjk"
    if [ -n "$missing" ]; then
        if command -v apt-get >/dev/null; then
            echo "installing$(printf ' %s' $missing) for the browser test" >&2
            { apt-get update -qq && apt-get install -y -qq $missing; } >/dev/null
        else
            echo "the browser test misses$(printf ' %s' $missing): install what this system calls so" >&2
        fi
    fi
fi
find_browser || {
    echo "no browser${CHROMIUM:+ at \`$CHROMIUM\`}" >&2
    echo "hint: apt-get install chromium fonts-noto-cjk, or name a Chromium in CHROMIUM" >&2
    exit 1
}
