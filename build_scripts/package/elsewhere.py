"""What Windows and macOS want to know. Written from PyInstaller's documentation, not run here."""

from __future__ import annotations

from typing import Any

from build_scripts._steps import ROOT

CAMERA = "Whimbrel recognises what the camera shows. The pictures stay on this computer."
IDENTIFIER = "org.whimbrel.Whimbrel"
WINDOWS_MANIFEST = ROOT / "build_scripts" / "package" / "windows" / "whimbrel.manifest"
WINDOWS_ICON = ROOT / "build" / "package" / "art" / "whimbrel.ico"
MACOS_ICON = ROOT / "build" / "package" / "art" / "whimbrel.icns"
_FIXED = """\
VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3f, flags=0x0, OS=0x40004, fileType=0x1),
  kids=[
    StringFileInfo([StringTable('040904B0', [
      StringStruct('CompanyName', 'The Whimbrel authors'),
      StringStruct('FileDescription', 'Whimbrel'),
      StringStruct('FileVersion', '{version}'),
      StringStruct('InternalName', 'whimbrel'),
      StringStruct('OriginalFilename', 'whimbrel.exe'),
      StringStruct('ProductName', 'Whimbrel'),
      StringStruct('ProductVersion', '{version}'),
    ])]),
    VarFileInfo([VarStruct('Translation', [0x0409, 1200])]),
  ]
)
"""


def windows_version(version: str) -> str:
    """The version resource of whimbrel.exe, as PyInstaller reads it."""
    parts = [int(part) for part in version.partition("+")[0].split(".") if part.isdigit()]
    numbers = tuple([*parts, 0, 0, 0, 0][:4])
    return _FIXED.format(numbers=numbers, version=version)


def macos_facts(version: str) -> dict[str, Any]:
    """Whimbrel.app's Info.plist, beyond what PyInstaller writes itself."""
    pictures = {
        "CFBundleTypeName": "Picture",
        "CFBundleTypeRole": "Viewer",
        "LSHandlerRank": "Alternate",
        "LSItemContentTypes": ["public.jpeg", "public.png", "org.webmproject.webp", "com.compuserve.gif"],
    }
    return {
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "NSCameraUsageDescription": CAMERA,
        "NSHighResolutionCapable": True,
        "LSApplicationCategoryType": "public.app-category.photography",
        "LSMinimumSystemVersion": "12.0",
        "CFBundleDocumentTypes": [pictures],
    }
