import { expect, test } from 'vitest';
import type { ProgramSetting } from '../../src/api/program';
import type { SyncState } from '../../src/api/sync';
import { bytesWords, sharedWords, sourceWords, trainingWords, valueWords } from '../../src/settings/words';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [42_530_000, '42.5 MB'],
  [3e15, '3000.0 TB'],
])('%d bytes', (bytes, words) => expect(bytesWords(bytes)).toBe(words));

function shared(sharing: Partial<SyncState['consent']['sharing']>, given = true): string {
  const nothing = { embeddings: false, crops: false, fileNames: false, places: 'off' } as const;
  const consent = { given, givenAt: 1, sharing: { ...nothing, ...sharing } };
  return sharedWords({ enrolment: { url: 'https://x' }, consent } as SyncState);
}

test('what goes to a team is said by its parts', () => {
  expect(shared({}, false)).toBe('Nothing leaves this computer.');
  expect(shared({})).toBe('Answers and marks go there; no file names, places, squares or numbers of pictures.');
  expect(shared({ crops: true, places: 'coarse' })).toBe('Answers and marks go there, and the squares, rough places.');
  expect(sharedWords({ enrolment: null, consent: { given: true } } as SyncState)).toBe('Nothing leaves this computer.');
});

const PORT: ProgramSetting = {
  name: 'port', default: null, now: 21000, next: 21000, source: 'file', written: 21000, flag: '--port', variable: 'WHIMBREL_PORT',
};

test('why a setting is not yet as chosen', () => {
  expect(sourceWords(PORT)).toBe('');
  expect(sourceWords({ ...PORT, next: 21005 })).toBe('Counts from the next start on.');
  expect(sourceWords({ ...PORT, source: 'flag' })).toContain('started with --port');
  expect(sourceWords({ ...PORT, source: 'environment' })).toContain('The variable WHIMBREL_PORT');
  expect(sourceWords({ ...PORT, next: null, written: null })).toBe('');
});

test('a value that a change goes back to', () => {
  expect([null, true, false, 21000].map(valueWords)).toEqual(['as it was made', 'on', 'off', '21000']);
});

test('the training component is there, or how it gets there', () => {
  expect(trainingWords('/opt/x')).toEqual({ sentence: 'Installed: /opt/x', command: null });
  expect(trainingWords(null).command).toBe('whimbrel training install');
});
