#!/bin/sh
# Installs Whimbrel for this user alone: no root, no network. An installed one is replaced; its data stays.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
programs="$HOME/.local/lib"
commands="$HOME/.local/bin"
shared="${XDG_DATA_HOME:-$HOME/.local/share}"
entries="$shared/applications"

if [ "$(id -u)" -eq 0 ]; then
    echo "Whimbrel's window does not open for root. Run this as the user who will use it." >&2
    exit 1
fi

mkdir -p "$programs" "$commands" "$entries" "$shared/icons"
rm -rf "$programs/whimbrel.new"
cp -R "$here/whimbrel" "$programs/whimbrel.new"
cp "$here/uninstall.sh" "$programs/whimbrel.new/uninstall.sh"
if [ -x "$programs/whimbrel/uninstall.sh" ]; then
    "$programs/whimbrel/uninstall.sh" --quietly
fi
mv "$programs/whimbrel.new" "$programs/whimbrel"

ln -sf "$programs/whimbrel/whimbrel" "$commands/whimbrel"
cp -R "$here/icons/." "$shared/icons/"
quoted=$(printf '%s' "$programs/whimbrel/whimbrel" | sed 's/[&|\\]/\\&/g')
sed "s|^Exec=whimbrel|Exec=\"$quoted\"|; s|^TryExec=whimbrel|TryExec=$quoted|" \
    "$here/whimbrel.desktop" > "$entries/whimbrel.desktop"
if command -v update-desktop-database > /dev/null; then
    update-desktop-database -q "$entries" || true
fi

echo "Whimbrel is installed in $programs/whimbrel. Open it from your menu, or run $commands/whimbrel."
"$programs/whimbrel/whimbrel" doctor | grep -E '^(problem|note) ' || true
