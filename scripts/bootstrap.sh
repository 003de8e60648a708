#!/usr/bin/env bash
# Makes the project ready to run: `.venv`, the Python packages of the lock files, the front-end files.
# Usage: scripts/bootstrap.sh run|dev|browser. A second run with nothing changed ends at once.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv
vendor=src/enrs/core/ui/static/vendor

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# Prints one digest of the files given, to compare with what the last run wrote.
digest() { cat -- "$@" | sha256sum | cut -d' ' -f1; }
is_fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

find_python() {
    local candidate
    for candidate in python3.11 python3 /usr/bin/python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Il manque Python 3.11 : apt install python3.11 python3.11-venv"
}

make_venv() {
    local python
    # The scripts of a virtual environment name its folder: a moved project gets a new one.
    if [ ! -f $venv/.enrs-link ] || is_fresh $venv/.enrs-link "$PWD"; then
        [ -x $venv/bin/python ] && $venv/bin/python -c 'import pip' 2>/dev/null && return
    fi
    python=$(find_python)
    "$python" -c 'import venv, ensurepip' 2>/dev/null \
        || fail "Il manque le module venv de Python : apt install python3.11-venv"
    say "Création de $venv"
    rm -rf $venv
    "$python" -m venv $venv
}

# uv installs the lock file nine times quicker than pip (1.7 s against 15 s, nothing cached).
install_locked() {
    export PIP_DISABLE_PIP_VERSION_CHECK=1
    [ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"
    [ -x $venv/bin/uv ] \
        || $venv/bin/python -m pip install --quiet --require-hashes -r scripts/requirements-uv.lock
    if ! $venv/bin/uv pip install --quiet --python $venv/bin/python --require-hashes -r "$1"; then
        say "uv n'a pas abouti : pip prend le relais"
        $venv/bin/python -m pip install --quiet --require-hashes -r "$1"
    fi
}

install_packages() {
    local lock=$1 stamp=$venv/.enrs-$2 now
    now=$(digest "$lock")
    is_fresh "$stamp" "$now" && return
    say "Installation des paquets de $lock"
    install_locked "$lock"
    echo "$now" > "$stamp"
}

# The program runs from `src`: a path file instead of a build, which would want the network.
link_program() {
    local site
    [ -x $venv/bin/enrs ] && is_fresh $venv/.enrs-link "$PWD" && grep -q BYTECODE $venv/bin/enrs && return
    site=$($venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    echo "$PWD/src" > "$site/enrs.pth"
    cat > $venv/bin/enrs <<PROGRAM
#!$PWD/$venv/bin/python
import os
import sys

# Compiled modules are kept, whatever the shell says: each part is a process, which else compiles Django anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from enrs.config.cli import main

if __name__ == "__main__":
    sys.exit(main())
PROGRAM
    chmod 755 $venv/bin/enrs
    echo "$PWD" > $venv/.enrs-link
}

install_front_end() {
    local stamp=node_modules/.enrs-front now
    now=$(digest package.json package-lock.json .npmrc scripts/bootstrap.sh)
    is_fresh "$stamp" "$now" && [ -f $vendor/htmx.min.js ] && return
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        say "Node.js manque sur cette machine : installation dans $venv"
        install_locked scripts/requirements-node.lock
        PATH="$PWD/$venv/bin:$PATH"
    fi
    say "Installation des bibliothèques de l'interface"
    npm ci --ignore-scripts --silent --no-progress
    mkdir -p $vendor
    cp node_modules/bootstrap/dist/css/bootstrap.min.css{,.map} $vendor/
    cp node_modules/bootstrap/dist/js/bootstrap.bundle.min.js{,.map} $vendor/
    cp node_modules/bootstrap-icons/bootstrap-icons.svg $vendor/
    cp node_modules/htmx.org/dist/htmx.min.js $vendor/
    echo "$now" > "$stamp"
}

find_browser() {
    local candidate
    for candidate in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null && return
    done
    fail "Il manque le navigateur Chromium, qui sert aux essais : apt install chromium"
}

case "${1:-run}" in
    browser) find_browser ;;
    run | dev)
        make_venv
        install_packages requirements.lock run
        [ "${1:-run}" = run ] || install_packages requirements-dev.lock dev
        link_program
        install_front_end
        ;;
    *) fail "usage : scripts/bootstrap.sh run|dev|browser" ;;
esac
