import { beforeEach, expect, test } from 'vitest';
import { News, type NewsChannel, type NewsStream } from '../../src/app/news';
import { LockManager } from '../support/fake_locks';
import { ManualClock } from '../support/manual_clock';

class FakeStream extends EventTarget implements NewsStream {
  readyState = 1;
  say(kind: string, data: string): void {
    this.dispatchEvent(new MessageEvent(kind, { data }));
  }
}

let streams: FakeStream[];
let channels: (NewsChannel & { hear: (data: unknown) => void })[];
let clock: ManualClock;
let locks: LockManager;

beforeEach(() => {
  streams = [];
  channels = [];
  clock = new ManualClock();
  locks = new LockManager();
});

/** What one tab says, the others hear. */
function channel(): NewsChannel {
  const own: (typeof channels)[number] = {
    onmessage: null,
    postMessage: (data) => channels.filter((other) => other !== own).forEach((other) => other.hear(data)),
    hear: (data) => own.onmessage?.({ data } as MessageEvent),
  };
  channels.push(own);
  return own;
}

function openTab(heard: unknown[]): News {
  const connect = (): NewsStream => {
    const stream = new FakeStream();
    streams.push(stream);
    return stream;
  };
  const news = new News({ locks, channel: channel(), connect, clock });
  for (const kind of ['model', 'settings', 'away', 'back'] as const) news.on(kind, (data) => heard.push([kind, data]));
  return news;
}

test('one tab holds the connection, every tab hears', async () => {
  const [one, two]: [unknown[], unknown[]] = [[], []];
  openTab(one).start();
  await Promise.resolve();
  openTab(two);
  expect(streams).toHaveLength(1);
  streams[0]?.say('settings', '{"settings":{"theme":"dark"}}');
  expect([one, two]).toEqual([
    [['settings', { settings: { theme: 'dark' } }]],
    [['settings', { settings: { theme: 'dark' } }]],
  ]);
});

test('a server that goes away and answers again is news, its first answer is not', async () => {
  const heard: unknown[] = [];
  openTab(heard).start();
  await Promise.resolve();
  const [stream] = streams;
  stream?.dispatchEvent(new Event('open'));
  expect(heard).toEqual([]);
  stream?.dispatchEvent(new Event('error'));
  stream?.dispatchEvent(new Event('error'));
  stream?.dispatchEvent(new Event('open'));
  expect(heard).toEqual([
    ['away', null],
    ['back', null],
  ]);
});

test('after a refusal, where the browser gives up, it is tried again, and that is no absence', async () => {
  const heard: unknown[] = [];
  openTab(heard).start();
  await Promise.resolve();
  const [stream] = streams;
  if (stream) stream.readyState = 2;
  stream?.dispatchEvent(new Event('error'));
  clock.advance(4_999);
  expect(streams).toHaveLength(1);
  clock.advance(1);
  expect([streams.length, heard]).toEqual([2, []]);
});

test('who no longer listens is not told, the others are', async () => {
  const [one, two]: [unknown[], unknown[]] = [[], []];
  const news = openTab([]);
  const stop = news.on('records', (data) => one.push(data));
  news.on('records', (data) => two.push(data));
  news.start();
  await Promise.resolve();
  streams[0]?.say('records', '{"accepted":25}');
  stop();
  streams[0]?.say('records', '{"accepted":1}');
  expect([one, two]).toEqual([[{ accepted: 25 }], [{ accepted: 25 }, { accepted: 1 }]]);
});
