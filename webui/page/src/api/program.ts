/** The JSON of the program itself, as `webui/local/messages_program.py` writes it. Sizes are bytes, times ms. */

export interface StorageFigure {
  readonly kind: string;
  readonly bytes: number;
  readonly count: number;
}

export interface ProgramInfo {
  readonly version: string;
  readonly dataDir: string;
  readonly storage: readonly StorageFigure[];
  readonly free: number;
  /** Whether there is a file manager to show a folder in. */
  readonly canShow: boolean;
  /** Where the training component is, null where it is not installed. */
  readonly training: string | null;
}

export type SettingValue = string | number | boolean | null;

/** A setting that a start reads: by what this run goes, by what the next would and why, and what the file says. */
export interface ProgramSetting {
  readonly name: string;
  readonly default: SettingValue;
  readonly now: SettingValue;
  readonly next: SettingValue;
  readonly source: 'flag' | 'environment' | 'file' | 'default';
  readonly written: SettingValue;
  readonly flag: string;
  readonly variable: string;
}

export interface ProgramSettings {
  readonly file: string;
  readonly settings: readonly ProgramSetting[];
}

/** A file to be read before it is saved. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

export interface Backup {
  readonly name: string;
  readonly kind: 'daily' | 'asked' | 'before-schema';
  readonly madeAt: number;
  readonly bytes: number;
}

interface Asking {
  send<T>(path: string, body?: object): Promise<T>;
  patch<T>(path: string, body: object): Promise<T>;
  remove<T>(path: string): Promise<T>;
}

/** The routes of the program, its backups among them. */
export class ProgramApi {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  info(): Promise<ProgramInfo> {
    return this.#asking.send('/api/program');
  }

  async showFolder(): Promise<void> {
    await this.#asking.send('/api/program/show-folder', {});
  }

  settings(): Promise<ProgramSettings> {
    return this.#asking.send('/api/program/settings');
  }

  change(values: Readonly<Record<string, SettingValue>>): Promise<ProgramSettings> {
    return this.#asking.patch('/api/program/settings', values);
  }

  diagnostics(): Promise<TextFile> {
    return this.#asking.send('/api/program/diagnostics');
  }

  crashReport(): Promise<TextFile> {
    return this.#asking.send('/api/program/crash');
  }

  async dismissCrash(): Promise<void> {
    await this.#asking.remove('/api/program/crash');
  }

  async backups(): Promise<readonly Backup[]> {
    return (await this.#asking.send<{ backups: readonly Backup[] }>('/api/backups')).backups;
  }

  makeBackup(): Promise<Backup> {
    return this.#asking.send('/api/backups', {});
  }

  restore(name: string): Promise<Backup> {
    return this.#asking.send(`/api/backups/${encodeURIComponent(name)}/restore`, {});
  }
}
