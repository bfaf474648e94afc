import type { PictureEntry } from '../app/picture_entry';
import type { PictureList } from '../app/picture_list';

const MOST = 300;
const AT_ONCE = 100;

/**
 * The pictures of folders that are done and still in the strip: the last few hundred, and those that the user looks at
 * or marked. All are in History; none keeps its bytes here, so that the page stays as small as it was.
 */
export class KeptPictures {
  readonly #pictures: PictureList;
  readonly #letGo: (entries: readonly PictureEntry[]) => void;
  #kept: PictureEntry[] = [];

  constructor(pictures: PictureList, letGo: (entries: readonly PictureEntry[]) => void) {
    this.#pictures = pictures;
    this.#letGo = letGo;
  }

  /** Puts one more there, without its bytes, and takes the oldest away where they are too many. */
  add(entry: PictureEntry): void {
    this.#pictures.update(entry, { blob: null });
    this.#kept.push(entry);
    if (this.#kept.length < MOST + AT_ONCE) return;
    const { selected } = this.#pictures;
    const gone = this.#kept.splice(0, AT_ONCE).filter((one) => one !== selected && one.mark === null);
    this.#pictures.remove(gone);
    this.#letGo(gone);
  }
}
