import type { DeviceInfo, HeavyParts, LightRecord, Rejection } from './records';

/** One record that waits to be sent, with the session that made it. Ids are UUIDv7: their order is that of time. */
export interface WaitingRow {
  readonly id: string;
  readonly sessionId: string;
  readonly device: DeviceInfo | null;
  readonly addedAt: number;
  /** An `attachment` row keeps what is left to send of an inference whose light part the server has. */
  readonly record: LightRecord | AttachmentStub;
  readonly heavy: HeavyParts | null;
}

export interface AttachmentStub {
  readonly kind: 'attachment';
  readonly id: string;
  readonly timestamp: number;
  readonly inferenceId: string;
}

/** A record that the server refused, kept to be seen, tried again or saved. */
export interface ParkedRow {
  readonly id: string;
  readonly row: WaitingRow;
  readonly code: Rejection['code'];
  readonly reason: Rejection['reason'];
  readonly parkedAt: number;
}

/** Where records wait between the answer and the server's word that it has them. */
export interface Outbox {
  /** False where rows are gone with the page (storage refused). */
  readonly lasting: boolean;
  add(rows: readonly WaitingRow[]): Promise<void>;
  /** The oldest rows of one session. */
  oldest(sessionId: string, limit: number): Promise<WaitingRow[]>;
  /** Every session that has rows waiting. */
  sessions(): Promise<string[]>;
  count(): Promise<number>;
  all(): Promise<WaitingRow[]>;
  /** Takes rows away and puts others in their place, as one step. */
  replace(gone: readonly string[], instead: readonly WaitingRow[]): Promise<void>;
  /** Moves rows from waiting to parked, as one step. */
  park(rows: readonly ParkedRow[]): Promise<void>;
  parked(): Promise<ParkedRow[]>;
  /** Takes parked rows away for good. */
  dropParked(ids: readonly string[]): Promise<void>;
  /** Moves every parked row back to waiting. */
  unpark(): Promise<void>;
}
