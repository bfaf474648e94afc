import { describe, expect, it } from 'vitest';
import type { SyncState } from '../../src/api/sync';
import { SyncWatch } from '../../src/app/sync_watch';
import {
  codeWords, contactRows, equationWords, previewWords, reasonWords, sameSharing, soonWords, speedWords, takenBack,
} from '../../src/sending/words';

const NOTHING = { embeddings: false, crops: false, fileNames: false, places: 'off' } as const;
const STATE: SyncState = {
  phase: 'idle',
  sentence: '',
  advice: '',
  accounts: { recorded: 1812, accepted: 1800, waiting: 9, inFlight: 0, rejected: { malformed: 1 }, dropped: { erased: 1, size: 1 } },
  consent: { given: true, givenAt: 0, sharing: NOTHING },
  enrolment: { url: 'https://c.example', name: 'laptop', enrolledAt: 0, keptIn: 'file' },
  contact: { lastMs: null, bytesPerS: null },
  nextTryInS: null,
  withdrawing: [],
  erasing: 0,
  release: '',
  labels: null,
  run: 'a',
  number: 1,
};

describe('the accounts', () => {
  it('add up in one line', () => {
    expect(equationWords(STATE.accounts)).toBe('1,812 recorded = 1,800 accepted + 9 waiting + 1 rejected + 2 dropped');
  });

  it('give each reason in words, also one of a newer collector', () => {
    expect(codeWords('conflict')).toContain('same numbers');
    expect(codeWords('too-new')).toBe('refused (too-new)');
    expect(reasonWords('discarded')).toBe('let go by you; they stay here');
    expect(reasonWords('other')).toBe('other');
  });
});

describe('the contact', () => {
  it('is nothing without a collector', () => {
    expect(contactRows({ ...STATE, enrolment: null })).toEqual([]);
  });

  it('tells when it was and when it is next', () => {
    const rows = contactRows({ ...STATE, phase: 'waiting', contact: { lastMs: Date.now(), bytesPerS: 81_400 }, nextTryInS: 125 });
    expect(Object.fromEntries(rows)).toMatchObject({ Collector: 'https://c.example', 'Tries again': 'in 2 min', Link: '81 KB/s' });
    expect(rows.find(([what]) => what === 'Last contact')?.[1]).toMatch(/^\d\d:\d\d$/);
  });

  it.each([
    [0.2, 'in 1 s'],
    [89, 'in 89 s'],
    [3600, 'in 60 min'],
    [86_400, 'in 24 h'],
  ])('says %d s as %s', (seconds, words) => expect(soonWords(seconds)).toBe(words));

  it.each([
    [10, '1 KB/s'],
    [2_500_000, '2.5 MB/s'],
  ])('says %d bytes a second as %s', (speed, words) => expect(speedWords(speed)).toBe(words));
});

describe('what is shared', () => {
  it('knows what was taken back', () => {
    const all = { embeddings: true, crops: true, fileNames: true, places: 'coarse' } as const;
    expect(takenBack(all, NOTHING)).toEqual(['embeddings', 'crops', 'file_names', 'places']);
    expect(takenBack(NOTHING, all)).toEqual([]);
    expect(takenBack(all, { ...all, places: 'exact' })).toEqual([]);
    expect(sameSharing(all, { ...all })).toBe(true);
    expect(sameSharing(all, { ...all, places: 'off' })).toBe(false);
  });

  it('says how much of the batch is shown', () => {
    expect(previewWords(2, 1812)).toBe('The next 2 of 1,812, exactly as they would go');
    expect(previewWords(1, 1)).toBe('The next 1 record, exactly as they would go');
  });
});

describe('the bar', () => {
  const said = (changes: Partial<SyncState>): string | null => {
    const watch = new SyncWatch(() => Promise.reject(new Error('away')));
    watch.heard({ ...STATE, ...changes });
    return watch.words;
  };

  it('says nothing of sending where nothing is sent', async () => {
    const watch = new SyncWatch(() => Promise.reject(new Error('away')));
    await watch.look();
    expect(watch.words).toBeNull();
    expect(said({ phase: 'no_consent' })).toBeNull();
    expect(said({ phase: 'not_enrolled' })).toBeNull();
  });

  it('does not go back to what was true before', () => {
    const watch = new SyncWatch(() => Promise.reject(new Error('away')));
    watch.heard({ ...STATE, number: 2 });
    watch.heard({ ...STATE, number: 1, phase: 'sending' });
    expect(watch.state?.phase).toBe('idle');
    watch.heard({ ...STATE, number: 1, run: 'b', phase: 'paused' });
    expect(watch.state?.phase).toBe('paused');
  });

  it('says in a few words how sending is doing', () => {
    expect(said({ phase: 'waiting' })).toBe('9 waiting to be sent');
    expect(said({ phase: 'sending' })).toBe('sending…');
    expect(said({ phase: 'paused' })).toBe('sending is paused');
    expect(said({ accounts: { ...STATE.accounts, waiting: 0 } })).toBe('all is sent');
  });
});
