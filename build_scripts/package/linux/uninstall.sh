#!/bin/sh
# Removes what install.sh brought. What Whimbrel remembers stays, and the last line says where.
set -eu

program="$HOME/.local/lib/whimbrel"
shared="${XDG_DATA_HOME:-$HOME/.local/share}"

for process in /proc/[0-9]*; do
    if [ "$(readlink "$process/exe" 2> /dev/null)" = "$program/whimbrel" ]; then
        kill "${process#/proc/}" 2> /dev/null || true
    fi
done

rm -rf "$program"
rm -f "$HOME/.local/bin/whimbrel" "$shared/applications/whimbrel.desktop"
rm -f "$shared"/icons/hicolor/*/apps/whimbrel.png "$shared/icons/hicolor/scalable/apps/whimbrel.svg"
if [ "${1:-}" != "--quietly" ]; then
    echo "Whimbrel is removed. What it remembers stays in $shared/whimbrel; delete that folder if you want it gone."
fi
