; Inno Setup 6 script for Windows. Written from Inno Setup's documentation, not run here: there is no Windows
; machine. On one, after `dev.py package` (docs/packaging.md):
;   ISCC.exe /DAppVersion=VERSION /DBundle=build\package\dist\whimbrel build_scripts\package\windows\whimbrel.iss
; AppVersion has no default on purpose: the version stands in pyproject.toml alone.

#ifndef AppVersion
  #error Name the version: /DAppVersion=...
#endif

[Setup]
AppId={{6C0B5D3C-6A0B-4F0E-9C39-1D0E5C0A7B11}
AppName=Whimbrel
AppVersion={#AppVersion}
AppPublisher=The Whimbrel authors
DefaultDirName={autopf}\Whimbrel
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
DisableProgramGroupPage=yes
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
Compression=lzma2/max
SolidCompression=yes
SetupIconFile=..\..\..\build\package\art\whimbrel.ico
UninstallDisplayIcon={app}\whimbrel.exe
LicenseFile=..\..\..\LICENSE
OutputDir=..\..\..\dist
OutputBaseFilename=whimbrel-{#AppVersion}-windows
CloseApplications=yes
RestartApplications=no

[Files]
Source: "..\..\..\{#Bundle}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[InstallDelete]
; An older version's libraries must not be found beside the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{autoprograms}\Whimbrel"; Filename: "{app}\whimbrel.exe"

[Registry]
; "Open with" in the file manager; the user's default program for pictures stays what it is.
Root: HKA; Subkey: "Software\Classes\Applications\whimbrel.exe\shell\open\command"; ValueType: string; ValueData: """{app}\whimbrel.exe"" run ""%1"""; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\whimbrel.exe\SupportedTypes"; ValueType: string; ValueName: ".jpg"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Applications\whimbrel.exe\SupportedTypes"; ValueType: string; ValueName: ".jpeg"
Root: HKA; Subkey: "Software\Classes\Applications\whimbrel.exe\SupportedTypes"; ValueType: string; ValueName: ".png"
Root: HKA; Subkey: "Software\Classes\Applications\whimbrel.exe\SupportedTypes"; ValueType: string; ValueName: ".webp"

[Run]
Filename: "{app}\whimbrel.exe"; Description: "Open Whimbrel"; Flags: nowait postinstall skipifsilent

[Code]
procedure CurUninstallStepChanged(CurUninstallStep: TUninstallStep);
begin
  if (CurUninstallStep = usPostUninstall) and not UninstallSilent then
    MsgBox('Whimbrel is removed. What it remembers stays in ' + ExpandConstant('{localappdata}\whimbrel')
      + '; delete that folder if you want it gone.', mbInformation, MB_OK);
end;
