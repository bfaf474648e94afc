import type { AuditApi, AuditPicture } from '../api/audit';
import { mayPass, type ApiClient } from '../api/client';
import type { Figure } from '../api/performance';
import { named, UNSURE, type FeedbackLog } from '../app/feedback_log';
import { entryOfRecord, type PictureEntry } from '../app/picture_entry';
import type { PictureList } from '../app/picture_list';
import { Again } from '../base/again';
import type { Clock } from '../base/clock';
import { Observable } from '../base/observable';
import { wordsOf } from '../ui/problems';
import type { UserFeedback } from '../statistics/records';

/** With fewer at hand than this, more are fetched. */
const FEW = 4;

/** A picture to be named, with its answer, which is not shown. */
export interface ReviewItem {
  readonly picture: AuditPicture;
  readonly entry: PictureEntry;
  /** What can be shown of it. */
  readonly image: Blob;
}

type Way = 'named' | 'unsure' | 'skipped';

export interface ReviewParts {
  readonly audit: Pick<AuditApi, 'next' | 'mark'>;
  readonly api: Pick<ApiClient, 'record' | 'smallCopy' | 'performance'>;
  /** Says words that were said blind, of these pictures. */
  readonly feedback: FeedbackLog;
  readonly pictures: PictureList;
  /** Sends what was said: before that the server hands out the same pictures again. */
  readonly sent: () => Promise<void>;
  /** A picture that this page has recognised or shows. */
  readonly known: (id: string) => PictureEntry | undefined;
  /** The model whose accuracy is told in the end. */
  readonly atWork: () => string | null;
  readonly heard: (waiting: number) => void;
  readonly clock: Pick<Clock, 'after'>;
}

/** How often answers to pictures that chance picked are right: of the model at work, or of all (null). */
export interface Honest {
  readonly version: string | null;
  readonly figure: Figure;
}

/**
 * Pictures that chance picked, one after the other. A few are at hand, so that it goes on without waiting, for a
 * while even without the server; what is said is kept by the page's own records.
 */
export class ReviewQueue extends Observable {
  current: ReviewItem | null = null;
  /** How many wait, with the current one. */
  waiting = 0;
  readonly done: Record<Way, number> = { named: 0, unsure: 0, skipped: 0 };
  /** Why there is none to show, for people. */
  problem: string | null = null;
  /** Whether all that waited is through; then `honest` says what came of it. */
  finished = false;
  honest: Honest | null = null;
  readonly #parts: ReviewParts;
  readonly #again: Again;
  readonly #gone = new Set<string>();
  readonly #skips = new Map<string, 'skipped' | 'waiting'>();
  readonly #steps: { readonly item: ReviewItem; readonly way: Way }[] = [];
  #ready: ReviewItem[] = [];
  #turn = 0;

  constructor(parts: ReviewParts) {
    super();
    this.#parts = parts;
    this.#again = new Again(parts.clock, () => void this.look());
  }

  /** "3 of 12": the place of the current one, and of how many. */
  get progress(): { readonly place: number; readonly of: number } {
    const through = this.done.named + this.done.unsure + this.done.skipped;
    return { place: through + 1, of: through + this.waiting };
  }

  get canUndo(): boolean {
    return this.#steps.length > 0;
  }

  /** What was done last: a label, "" for none of these, null where it was no naming. */
  get last(): { readonly way: Way; readonly label: string } | null {
    const step = this.#steps.at(-1);
    if (!step) return null;
    const mark = step.item.entry.mark;
    const right = mark?.isCorrect ? step.item.entry.answer?.predictions[0]?.className : mark?.correctedLabel;
    return { way: step.way, label: right ?? '' };
  }

  /** Asks for those that wait, after what was said has been sent. */
  async look(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      await this.#parts.sent();
      await this.#sendSkips();
      const queue = await this.#parts.audit.next();
      const told = queue.picture ? [queue.picture, ...queue.following] : [];
      const fresh = await this.#items(told.filter(({ id }) => !this.#gone.has(id)));
      if (turn !== this.#turn) return;
      this.#take(fresh, queue.waiting - told.filter(({ id }) => this.#gone.has(id)).length);
      await this.#end(turn);
    } catch (problem) {
      if (turn === this.#turn) this.#failed(problem);
    }
  }

  /** Says what it is: "" for none of the labels. */
  name(label: string): void {
    const { current } = this;
    if (current) this.#say(current, named(current.entry, label), 'named');
  }

  unsure(): void {
    if (this.current) this.#say(this.current, UNSURE, 'unsure');
  }

  skip(): void {
    const { current } = this;
    if (!current) return;
    this.#skips.set(current.picture.id, 'skipped');
    this.#leave(current, 'skipped');
  }

  /** Takes the last step back and shows its picture again; false without one. */
  undo(): boolean {
    const step = this.#steps.pop();
    if (!step) return false;
    const { item, way } = step;
    if (way === 'skipped') this.#skips.set(item.picture.id, 'waiting');
    else this.#parts.feedback.undo();
    this.#gone.delete(item.picture.id);
    this.done[way] -= 1;
    this.#count(this.waiting + 1);
    if (this.current) this.#ready.unshift(this.current);
    this.#show(item);
    return true;
  }

  /** Starts anew with what the server has: something was erased. */
  forget(): void {
    this.#ready = [];
    this.#steps.length = 0;
    this.current = null;
    this.#parts.pictures.remove([...this.#parts.pictures.entries]);
    this.changed();
    void this.look();
  }

  stop(): void {
    this.#turn += 1;
    this.#again.done();
  }

  #say(item: ReviewItem, said: UserFeedback, way: Way): void {
    this.#parts.feedback.mark(item.entry, said);
    this.#leave(item, way);
  }

  #leave(item: ReviewItem, way: Way): void {
    this.#steps.push({ item, way });
    this.#gone.add(item.picture.id);
    this.done[way] += 1;
    this.#count(Math.max(0, this.waiting - 1));
    this.#show(this.#ready.shift() ?? null);
    if (this.#ready.length < FEW) void this.look();
  }

  #show(item: ReviewItem | null): void {
    this.current = item;
    this.finished = false;
    this.changed();
  }

  #count(waiting: number): void {
    this.waiting = waiting;
    this.#parts.heard(waiting);
  }

  #take(fresh: readonly ReviewItem[], waiting: number): void {
    this.#again.done();
    this.problem = null;
    const present = this.current?.picture.id;
    this.#ready = fresh.filter(({ picture }) => picture.id !== present && !this.#gone.has(picture.id));
    this.#count(waiting);
    this.current ??= this.#ready.shift() ?? null;
    this.changed();
  }

  /** None is left: tells what came of it. Some that wait but cannot be had yet are asked for again. */
  async #end(turn: number): Promise<void> {
    if (this.current) return;
    if (this.waiting > 0) return this.#again.later();
    const honest = await this.#honest();
    if (turn !== this.#turn) return;
    Object.assign(this, { honest, finished: true });
    this.changed();
  }

  async #honest(): Promise<Honest> {
    const { api, atWork } = this.#parts;
    const version = atWork();
    const asked = version === null ? '' : `&modelVersion=${encodeURIComponent(version)}`;
    const { accuracy } = await api.performance(`window=all${asked}`);
    return { version, figure: accuracy.audited };
  }

  async #sendSkips(): Promise<void> {
    for (const [id, state] of this.#skips) {
      await this.#parts.audit.mark(id, state).catch((problem: unknown) => {
        if (mayPass(problem)) throw problem; // else it was erased meanwhile
      });
      if (this.#skips.get(id) === state) this.#skips.delete(id);
    }
  }

  /** Those that are still there and have no word yet, each with its answer and what to show. */
  async #items(pictures: readonly AuditPicture[]): Promise<ReviewItem[]> {
    const here = [this.current, ...this.#ready].filter((item) => item !== null);
    const have = new Map(here.map((item) => [item.picture.id, item]));
    const all = await Promise.all(pictures.map(async (picture) => have.get(picture.id) ?? this.#item(picture)));
    const items = all.filter((item) => item !== null);
    this.#parts.pictures.add(items.map(({ entry }) => entry));
    return items;
  }

  async #item(picture: AuditPicture): Promise<ReviewItem | null> {
    const { api, known } = this.#parts;
    try {
      const here = known(picture.id);
      const entry = here?.state === 'done' ? here : entryOfRecord((await api.record(picture.id)).card);
      const image = entry.preview ?? entry.blob ?? (await api.smallCopy(picture.sha256));
      return entry.mark ? null : { picture, entry, image };
    } catch (problem) {
      if (mayPass(problem)) throw problem;
      return null; // erased meanwhile
    }
  }

  #failed(problem: unknown): void {
    this.problem = wordsOf(problem);
    this.#again.later();
    this.changed();
  }
}
