/** A record of the past as people read it. */

import type { RecordCard } from '../api/record_types';
import type { PastRow } from '../app/past_list';
import { bestAnswer, type Mark } from '../app/picture_entry';
import { momentWords } from '../base/moments';
import { percent } from './words';

/** "24 November 2026, 14:31:07". */
export function wholeMoment(ms: number): string {
  const date = new Date(ms);
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
  return `${day}, ${date.toLocaleTimeString('en-GB')}`;
}

/** What was found, or what happened: "fox", "not a picture". */
export function whatWords({ card, entry }: PastRow): string {
  if (card.event) return card.event.code.replaceAll('_', ' ');
  if (card.kind === 'feedback') return card.feedback ? `you said: ${saidWords(card.feedback)}` : 'you took a word back';
  if (card.kind === 'attachment') return 'what an answer is made of';
  return (entry ? bestAnswer(entry)?.className : card.predictions[0]?.className) ?? 'no answer';
}

/** The name of the file, or what is known instead. */
export function fileWords({ picture, event }: RecordCard): string {
  const said = event?.detail['fileName'];
  return picture?.fileName ?? (typeof said === 'string' ? said : event ? `while ${event.stage.replaceAll('_', ' ')}` : '');
}

/** The folder of a path, without the file in it; null where there is none. */
export function folderWords(path: string | null | undefined): string | null {
  const end = path?.lastIndexOf('/') ?? -1;
  return path && end > 0 ? path.slice(0, end) : null;
}

export function saidWords(said: Pick<Mark, 'isCorrect' | 'correctedLabel'>): string {
  if (said.isCorrect === null) return "don't know";
  if (said.isCorrect) return 'right';
  return said.correctedLabel ?? 'wrong';
}

/** A row in one line, as a screen reader says it. */
export function rowWords(row: PastRow): string {
  const best = row.entry ? bestAnswer(row.entry) : null;
  const sure = best ? [percent(best.probability)] : [];
  const mark = row.entry?.mark ? [`marked ${saidWords(row.entry.mark)}`] : [];
  const parts = [whatWords(row), ...sure, ...mark, fileWords(row.card), momentWords(row.card.timestamp)];
  return parts.filter((part) => part !== '').join(', ');
}
