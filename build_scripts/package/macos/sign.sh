#!/bin/sh
# Signs and notarises dist/Whimbrel.app on a Mac. Written from Apple's documentation, not run here: there is no
# Mac, and no developer account.
#   sign.sh "Developer ID Application: NAME (TEAM)" KEYCHAIN-PROFILE
# The profile is made once by `xcrun notarytool store-credentials`, so that no password stands in a command.
set -eu

identity=$1
profile=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dist=$(CDPATH='' cd -- "$here/../../../dist" && pwd)
app="$dist/Whimbrel.app"

find "$app/Contents" -type f \( -name '*.so' -o -name '*.dylib' \) \
    -exec codesign --force --timestamp --options runtime --sign "$identity" {} +
codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" --sign "$identity" "$app"
codesign --verify --deep --strict --verbose=2 "$app"

ditto -c -k --keepParent "$app" "$dist/Whimbrel.zip"
xcrun notarytool submit "$dist/Whimbrel.zip" --keychain-profile "$profile" --wait
xcrun stapler staple "$app"
rm "$dist/Whimbrel.zip"
ditto -c -k --keepParent "$app" "$dist/Whimbrel-macos.zip"
spctl --assess --type execute --verbose "$app"
