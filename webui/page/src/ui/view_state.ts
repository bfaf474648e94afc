import { Observable } from '../base/observable';

const ELSEWHERE = ['review', 'history', 'model', 'performance', 'sending', 'settings'] as const;

/** A place whose program comes when it is gone to. */
export type LaterPlace = (typeof ELSEWHERE)[number];
export type Place = 'recognise' | LaterPlace;

/** Where an address leads: the place, and what is asked of it (the part after `?`, as it stands there). */
export interface Whereabouts {
  readonly place: Place;
  readonly query: string;
}

/** What is open on the page, as opposed to what it knows. */
export class ViewState extends Observable {
  place: Place;
  /** What is asked of the place, such as `label=fox&from=0`: kept in the address, so that it can be gone back to. */
  query: string;
  camera = false;
  /** Whether the panel asks what the picture really shows. */
  correcting = false;
  /** Said once, quietly, in the strip. */
  notice: string | null = null;
  /** For screen readers. */
  announcement = '';

  constructor() {
    super();
    const { place, query } = placeOf(location.hash);
    this.place = place;
    this.query = query;
  }

  set(changes: Partial<Pick<ViewState, Changeable>>): void {
    Object.assign(this, changes);
    this.changed();
  }

  /** Goes where the address says. */
  followAddress(): void {
    this.set({ ...placeOf(location.hash), camera: false, correcting: false });
  }

  goTo(place: Place, query = ''): void {
    if (this.place !== place || this.query !== query) location.hash = addressOf(place, query);
    this.set({ place, query });
  }
}

type Changeable = 'place' | 'query' | 'camera' | 'correcting' | 'notice' | 'announcement';

/** `#/history?label=fox`: what a link to a place has as its href. */
export function addressOf(place: Place, query = ''): string {
  return query === '' ? `#/${place}` : `#/${place}?${query}`;
}

/** Where `#/PLACE?QUERY` leads; the pictures, where there is no such place. */
export function placeOf(hash: string): Whereabouts {
  const mark = hash.indexOf('?');
  const name = mark < 0 ? hash : hash.slice(0, mark);
  const place = ELSEWHERE.find((one) => name === `#/${one}`) ?? 'recognise';
  return { place, query: mark < 0 ? '' : hash.slice(mark + 1) };
}
