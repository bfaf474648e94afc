import { beforeEach, expect, test } from 'vitest';
import { Observable } from '../../src/base/observable';
import { HAND_OVER_MS, HandingOver } from '../../src/performance/handing_over';
import { ManualClock } from '../support/manual_clock';

/** Sends all but what belongs to another page. */
class Queue extends Observable {
  waiting = 0;
  others = 0;
  sending = false;
  trouble: string | null = null;
  sent = 0;

  set(changes: Partial<Pick<Queue, 'waiting' | 'others' | 'sending' | 'trouble'>>): void {
    Object.assign(this, changes);
    this.changed();
  }

  async sendNow(): Promise<void> {
    this.sent += 1;
    this.set({ sending: true });
    this.set({ sending: false, waiting: this.others });
  }
}

let clock: ManualClock;
let queue: Queue;
let handing: HandingOver;

beforeEach(() => {
  clock = new ManualClock();
  queue = new Queue();
  handing = new HandingOver(queue, clock);
});

async function pass(): Promise<void> {
  clock.advance(HAND_OVER_MS);
  await new Promise((done) => setImmediate(done));
}

test('sends what waits half a second after it came, while it is wanted', async () => {
  queue.set({ waiting: 1 });
  await pass();
  expect(queue.sent).toBe(0);
  handing.wanted(true);
  await pass();
  expect(queue.sent).toBe(1);
});

test('many in a row are one sending', async () => {
  handing.wanted(true);
  for (let waiting = 1; waiting < 9; waiting += 1) queue.set({ waiting });
  await pass();
  expect(queue.sent).toBe(1);
});

test("what belongs to another page is not tried again and again, and one's own is still sent", async () => {
  handing.wanted(true);
  queue.set({ waiting: 2, others: 2 });
  await pass();
  await pass();
  expect(queue.sent).toBe(1);
  queue.set({ waiting: 3 });
  await pass();
  expect(queue.sent).toBe(2);
});

test("where sending fails, the sender's own patience holds", async () => {
  handing.wanted(true);
  queue.set({ waiting: 1, trouble: 'the server is not answering' });
  await pass();
  expect(queue.sent).toBe(0);
});

test('nothing is sent once nobody looks', async () => {
  handing.wanted(true);
  queue.set({ waiting: 1 });
  handing.stop();
  queue.set({ waiting: 2 });
  await pass();
  expect(queue.sent).toBe(0);
});
