import { thumbnailUrl } from '../api/client';
import type { PictureEntry } from './picture_entry';

const MOST = 1_000;

/** Addresses of small copies: the page's own while it has them, then the server's. Old ones are given back. */
export class Thumbnails {
  readonly #made = new Map<string, { entry: PictureEntry; url: string }>();

  /** An address for an `<img>`, or null where there is no small copy. */
  urlOf(entry: PictureEntry): string | null {
    const made = this.#made.get(entry.id);
    if (made) return made.url;
    if (entry.thumbnail) return this.#make(entry, entry.thumbnail);
    return entry.thumbnailKept && entry.sha256 ? thumbnailUrl(entry.sha256) : null;
  }

  /** Gives the addresses of pictures back that are not shown any more. */
  letGo(entries: readonly PictureEntry[]): void {
    for (const { id } of entries) {
      const made = this.#made.get(id);
      if (made) URL.revokeObjectURL(made.url);
      this.#made.delete(id);
    }
  }

  #make(entry: PictureEntry, thumbnail: Blob): string {
    const url = URL.createObjectURL(thumbnail);
    this.#made.set(entry.id, { entry, url });
    if (this.#made.size > MOST) this.#giveBackOldest();
    return url;
  }

  #giveBackOldest(): void {
    const [oldest] = this.#made;
    if (!oldest) return;
    const [id, { entry, url }] = oldest;
    URL.revokeObjectURL(url);
    this.#made.delete(id);
    entry.thumbnail = null;
    entry.revision += 1;
  }
}

/** The one address of the picture that is shown large; the one before is given back. */
export class ShownPicture {
  #blob: Blob | null = null;
  #url: string | null = null;

  urlOf(blob: Blob | null): string | null {
    if (blob === this.#blob) return this.#url;
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#blob = blob;
    this.#url = blob && URL.createObjectURL(blob);
    return this.#url;
  }
}
