import { uuidv7 } from 'uuidv7';
import { base64, base64OfBlob, hex } from '../base/base64';
import type { Clock } from '../base/clock';
import type { ModelDescriptor, Recognition } from '../engine/types';
import type { StatisticsQueue } from '../statistics/queue';
import type {
  EventRecord, FeedbackRecord, HeavyParts, InferenceRecord, PictureFacts, UserFeedback,
} from '../statistics/records';
import type { Failure } from './failures';
import type { PictureEntry } from './picture_entry';

/** Beyond this a file that failed is not read again for its hash. */
const LARGEST_TO_HASH = 256 * 1024 * 1024;

export interface RecorderParts {
  /** Whether the numbers that the model learns from are kept, asked for every picture. */
  readonly keepEmbedding: () => boolean;
  readonly queue: Pick<StatisticsQueue, 'record'>;
  readonly clock: Clock;
  readonly modelOf: (version: string) => ModelDescriptor | null;
  /** The version and backend at work, for what no picture's answer tells. */
  readonly atWork: () => { readonly modelVersion: string | null; readonly backend: string | null };
}

/** Makes records of what happens and gives them to the queue. A record that cannot be kept stops nothing. */
export class Recorder {
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  async recognised(entry: PictureEntry, found: Recognition): Promise<void> {
    const model = this.#parts.modelOf(found.modelVersion);
    const record: InferenceRecord = {
      kind: 'inference',
      id: entry.id,
      timestamp: this.#parts.clock.now(),
      modelVersion: found.modelVersion,
      modelAlpha: model?.alpha ?? null,
      predictions: found.predictions,
      inferenceTime: found.inferenceTime,
      preprocessingTime: found.preprocessingTime,
      totalTime: found.totalTime,
      memoryUsage: found.memoryUsage,
      userFeedback: null,
      backend: found.backend,
      variant: found.variant,
      spaceId: model?.spaceId ?? null,
      source: entry.source ?? 'file',
      picture: factsOf(entry, found),
    };
    await this.#parts.queue.record(record, await this.#heavyOf(entry, found), false);
  }

  async #heavyOf({ thumbnailKept }: PictureEntry, found: Recognition): Promise<HeavyParts> {
    const { buffer, byteOffset, byteLength } = found.embedding;
    return {
      embedding: this.#parts.keepEmbedding() ? base64(new Uint8Array(buffer, byteOffset, byteLength)) : null,
      thumbnail: thumbnailKept ? await base64OfBlob(found.thumbnail) : null,
      crop: await base64OfBlob(found.crop),
    };
  }

  async failed(entry: PictureEntry, failure: Failure): Promise<void> {
    if (failure.code === 'cancelled') return;
    const picture = await factsOfFailed(entry);
    const detail = { fileName: entry.fileName, says: failure.sentence };
    await this.event(failure.stage, failure.code, detail, picture, entry.address === null ? uuidv7() : entry.id);
  }

  /** Something other than an answer, e.g. a lost context or a change of backend. */
  async event(
    stage: string,
    code: string,
    detail: EventRecord['detail'] = {},
    picture: PictureFacts | null = null,
    id = uuidv7(),
  ): Promise<void> {
    const { clock, queue, atWork } = this.#parts;
    const named = { kind: 'event', id, timestamp: clock.now(), stage, code } as const;
    await queue.record({ ...named, ...atWork(), picture, detail }, null, false);
  }

  /** What the user said, `blind` without the answer in sight; goes at once. Returns the id by which it can be taken back. */
  feedback(inferenceId: string, userFeedback: UserFeedback | null, retracts: string | null, blind = false): string {
    const { clock, queue } = this.#parts;
    const named = { kind: 'feedback', id: uuidv7(), timestamp: clock.now(), inferenceId } as const;
    const record: FeedbackRecord = { ...named, userFeedback, retracts, ...(blind ? { blind } : {}) };
    void queue.record(record, null, true);
    return record.id;
  }
}

function factsOf({ fileName, path }: PictureEntry, found: Recognition): PictureFacts {
  const { sha256, width, height, bytes, capturedAt } = found;
  return { sha256, fileName, path, width, height, bytes, capturedAt };
}

/** What is known of a file that could not be read as a picture; null where even its bytes are gone. */
async function factsOfFailed({ blob, fileName, path }: PictureEntry): Promise<PictureFacts | null> {
  if (!blob || blob.size > LARGEST_TO_HASH) return null;
  try {
    const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
    const sha256 = hex(new Uint8Array(digest));
    return { sha256, fileName, path, width: null, height: null, bytes: blob.size, capturedAt: null };
  } catch {
    return null;
  }
}
