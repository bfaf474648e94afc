import type { ApiClient } from '../api/client';
import type { Answer, PictureEntry } from '../app/picture_entry';
import type { PictureList } from '../app/picture_list';
import { bytesOfBase64 } from '../base/base64';
import type { EngineLabel, ModelDescriptor } from '../engine/types';
import type { UserFeedback } from '../statistics/records';
import { InstantHead, type Learned } from './instant_head';
import type { LabelMean } from './label_sums';
import { unitOfHalf } from './unit';

export interface LearningParts {
  readonly api: Pick<ApiClient, 'exampleMeans'>;
  readonly pictures: PictureList;
  /** Sends what the user said; the server's means have it afterwards. */
  readonly sent: () => Promise<void>;
  readonly spaceOf: (version: string) => string | null;
}

/** The newest pictures that hear at once of what was said; thousands of older ones are not in sight. */
const HEARING = 2_000;

/**
 * What the user's corrections would call a picture, at once and until a training has learned from them. It stands
 * beside the model's answer and is never recorded as one.
 */
export class Learning {
  readonly #parts: LearningParts;
  #head = new InstantHead();
  #space: string | null = null;

  constructor(parts: LearningParts) {
    this.#parts = parts;
  }

  /** A model came to work; what a trained one knows needs no learning any more. */
  async modelIs({ spaceId, made }: ModelDescriptor, labels: readonly EngineLabel[]): Promise<void> {
    if (spaceId !== this.#space) this.#head = new InstantHead();
    this.#space = spaceId;
    this.#head.absorb(new Set(made === 'trained' ? labels.map(({ name }) => name) : []));
    await this.ask();
  }

  /** Asks the server for its means, once it has heard what was said here. Without an answer all stays. */
  async ask(): Promise<void> {
    const { api, sent } = this.#parts;
    const [head, space] = [this.#head, this.#space];
    if (space === null) return;
    const having = head.said;
    try {
      await sent();
      const { labels } = await api.exampleMeans(space);
      head.know(labels.map(meanOf), having);
    } catch {
      return;
    }
    if (head === this.#head) this.#tellAll();
  }

  /** The user marked a picture, or took the mark back (null). */
  said(entry: PictureEntry, before: UserFeedback | null, now: UserFeedback | null): void {
    const direction = this.#direction(entry.answer);
    if (direction) this.#head.say(entry.id, direction, labelOf(entry, now), labelOf(entry, before));
    else void this.ask();
    this.#tellAll();
  }

  /** What a fresh answer would be called. */
  answered(answer: Answer): Learned | null {
    const direction = this.#direction(answer);
    if (!direction) return null;
    this.#head.see(direction);
    return this.#head.answer(direction, answer.predictions[0]?.className ?? null);
  }

  #tellAll(): void {
    const { pictures } = this.#parts;
    for (const entry of pictures.entries.slice(-HEARING)) {
      const learned = entry.mark ? null : this.#of(entry.answer);
      if (!same(learned, entry.learned)) pictures.update(entry, { learned });
    }
  }

  #of(answer: Answer | null): Learned | null {
    const direction = this.#direction(answer);
    return direction && this.#head.answer(direction, answer?.predictions[0]?.className ?? null);
  }

  /** Null for an answer of the past, whose embedding the server has, and for one of another space. */
  #direction(answer: Answer | null): Float32Array | null {
    if (!answer?.embedding || this.#parts.spaceOf(answer.modelVersion) !== this.#space) return null;
    return unitOfHalf(answer.embedding);
  }
}

function meanOf({ label, count, mean }: { label: string; count: number; mean: string }): LabelMean {
  return { label, count, direction: new Float32Array(bytesOfBase64(mean).buffer) };
}

/** The label that a word names: the answer's own where it is right, none where it names none. */
function labelOf(entry: PictureEntry, said: UserFeedback | null): string | null {
  if (said?.isCorrect === true) return entry.answer?.predictions[0]?.className ?? null;
  return said?.isCorrect === false ? said.correctedLabel : null;
}

function same(one: Learned | null, other: Learned | null): boolean {
  return one?.label === other?.label && one?.pictures === other?.pictures;
}
