import { Observable } from '../base/observable';

export type Place = 'recognise' | 'model';

/** What is open on the page, as opposed to what it knows. */
export class ViewState extends Observable {
  place: Place = placeOf(location.hash);
  camera = false;
  /** Whether the panel asks what the picture really shows. */
  correcting = false;
  /** Said once, quietly, in the strip. */
  notice: string | null = null;
  /** For screen readers. */
  announcement = '';

  set(changes: Partial<Pick<ViewState, 'place' | 'camera' | 'correcting' | 'notice' | 'announcement'>>): void {
    Object.assign(this, changes);
    this.changed();
  }

  /** Goes where the address says. */
  followAddress(): void {
    this.set({ place: placeOf(location.hash), camera: false, correcting: false });
  }

  goTo(place: Place): void {
    if (this.place !== place) location.hash = `#/${place}`;
    this.set({ place });
  }
}

function placeOf(hash: string): Place {
  return hash === '#/model' ? 'model' : 'recognise';
}
