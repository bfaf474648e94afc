import { problemOf, type Fetch } from '../api/client';
import type { BatchBody, BatchResult, Rejection } from './records';

/** What became of one batch. Only `accounted` lets records go; everything else keeps them. */
export type Outcome =
  | { readonly kind: 'accounted'; readonly rejected: readonly Rejection[] }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'away'; readonly sentence: string };

const AWAY = "Whimbrel's server is not answering";
const SIGNED_OUT = 'this page is no longer signed in: open Whimbrel again from its icon or its link';
const TOO_LARGE = 413;
/** Of a batch no record could be read: the problem says of each what is wrong. */
const NOTHING_TAKEN = 422;
const MALFORMED = [400, 422];
const SIGN_IN = [401, 403];

/** Sends one batch and says what became of it; never rejects. */
export async function postBatch(fetcher: Fetch, body: string, sent: number, keepalive = false): Promise<Outcome> {
  try {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetcher('/api/statistics', { method: 'POST', headers, body, keepalive });
    if (response.ok) return accounted(await response.json(), sent);
    const nothingTaken = response.status === NOTHING_TAKEN ? await batchResult(response.clone()) : null;
    return nothingTaken ? accounted(nothingTaken, sent) : await refusal(response);
  } catch {
    return { kind: 'away', sentence: AWAY };
  }
}

/** JSON of a batch body. */
export function bodyText(body: BatchBody): string {
  return JSON.stringify(body);
}

/** An answer counts only if every record of the batch is in exactly one of its three groups. */
function accounted(answer: unknown, sent: number): Outcome {
  const unusable: Outcome = { kind: 'away', sentence: 'something else answers in place of Whimbrel\'s server' };
  if (!isBatchResult(answer)) return unusable;
  const total = answer.accepted + answer.duplicate + answer.rejected.length;
  const placed = answer.rejected.every(({ index }) => Number.isInteger(index) && index >= 0 && index < sent);
  return total === sent && placed ? { kind: 'accounted', rejected: answer.rejected } : unusable;
}

async function batchResult(response: Response): Promise<BatchResult | null> {
  const answer: unknown = await response.json().catch(() => null);
  return isBatchResult(answer) ? answer : null;
}

function isBatchResult(answer: unknown): answer is BatchResult {
  if (typeof answer !== 'object' || answer === null) return false;
  const fields = answer as Record<string, unknown>;
  const counts = [fields['accepted'], fields['duplicate']];
  return counts.every((count) => Number.isInteger(count) && Number(count) >= 0) && Array.isArray(fields['rejected']);
}

async function refusal(response: Response): Promise<Outcome> {
  const problem = await problemOf(response);
  const said = problem.detail || problem.title;
  if (response.status === TOO_LARGE) return { kind: 'too-large' };
  if (MALFORMED.includes(response.status)) return { kind: 'malformed', reason: said };
  if (SIGN_IN.includes(response.status)) return { kind: 'refused', sentence: SIGNED_OUT };
  return { kind: 'refused', sentence: said };
}
