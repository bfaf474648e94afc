import type { RecordCard } from '../api/record_types';
import type { PictureCard } from '../api/types';
import type { Learned } from '../learning/instant_head';
import type { Prediction, Source, UserFeedback } from '../statistics/records';

export type PictureState = 'waiting' | 'working' | 'done' | 'failed';

/** What the user last said of an answer, under the id by which it can be taken back. */
export interface Mark extends UserFeedback {
  readonly feedbackId: string;
}

/** What the page shows of an answer. Times are milliseconds. */
export interface Answer {
  readonly predictions: readonly Prediction[];
  readonly inferenceTime: number;
  readonly totalTime: number;
  readonly backend: string | null;
  readonly modelVersion: string;
  /** The bits of IEEE float16 numbers; only of an answer of this visit. */
  readonly embedding?: Uint16Array;
  /** See Recognition; only of an answer of this visit. */
  readonly familiarity?: number;
}

export interface PictureFailure {
  readonly sentence: string;
  readonly advice: string;
}

/** One picture of the strip: of this visit (with its file) or of the past (with the server's small copy). */
export interface PictureEntry {
  /** The inference's id, a UUIDv7 made when the picture came in. */
  readonly id: string;
  readonly fileName: string;
  readonly path: string | null;
  readonly source: Source | null;
  /** When it came in or was answered, milliseconds since the epoch; the strip's order. */
  readonly at: number;
  /** The original, for as long as the page is open. */
  readonly blob: Blob | null;
  /** Where the server gives the original, for a picture of the folder queue: its record then has this entry's id. */
  readonly address: string | null;
  state: PictureState;
  sha256: string | null;
  width: number | null;
  height: number | null;
  capturedAt: string | null;
  answer: Answer | null;
  failure: PictureFailure | null;
  mark: Mark | null;
  /** What the user's corrections would call it; beside the answer, and never a part of it. */
  learned: Learned | null;
  /** A small copy that this page made. */
  thumbnail: Blob | null;
  /** A copy that can be shown where the original is too big to be. */
  preview: Blob | null;
  /** Whether the server has, or will have, a small copy. */
  thumbnailKept: boolean;
  /** Grows with every change, so that what is drawn can be reused. */
  revision: number;
}

/** A picture that waits for its answer. */
export function waitingEntry(
  given: Pick<PictureEntry, 'id' | 'fileName' | 'path' | 'source' | 'at' | 'blob'>,
): PictureEntry {
  return {
    ...given,
    address: null,
    state: 'waiting',
    sha256: null,
    width: null,
    height: null,
    capturedAt: null,
    answer: null,
    failure: null,
    mark: null,
    learned: null,
    thumbnail: null,
    preview: null,
    thumbnailKept: false,
    revision: 0,
  };
}

/** A picture of the past, as the server remembers it. */
export function entryOfCard(card: PictureCard): PictureEntry {
  const picture = card.picture;
  const { feedback } = card;
  return {
    id: card.inferenceId,
    fileName: picture?.fileName ?? 'a picture',
    path: picture?.path ?? null,
    source: card.source ?? null,
    at: card.timestamp,
    blob: null,
    address: null,
    state: 'done',
    sha256: picture?.sha256 ?? null,
    width: picture?.width ?? null,
    height: picture?.height ?? null,
    capturedAt: picture?.capturedAt ?? null,
    answer: card,
    failure: null,
    mark: feedback && { ...feedback, feedbackId: feedback.id },
    learned: null,
    thumbnail: null,
    preview: null,
    thumbnailKept: card.hasThumbnail,
    revision: 0,
  };
}

/** The same of an answer in the list of records. */
export function entryOfRecord(card: RecordCard): PictureEntry {
  const { modelVersion, inferenceTime, totalTime } = card;
  return entryOfCard({
    ...card,
    inferenceId: card.id,
    modelVersion: modelVersion ?? '',
    inferenceTime: inferenceTime ?? 0,
    totalTime: totalTime ?? 0,
  });
}

/** The best answer, or null where there is none (yet). */
export function bestAnswer(entry: PictureEntry): Prediction | null {
  return entry.answer?.predictions[0] ?? null;
}
