import { expect, test } from 'vitest';
import { FirstRun } from '../../src/app/first_run';
import type { History } from '../../src/app/history';
import { PictureList } from '../../src/app/picture_list';
import { SettingsStore } from '../../src/app/settings_store';
import { Observable } from '../../src/base/observable';
import { doneEntry } from '../support/entries';

class Parts extends Observable {
  complete = false;
  tell(): void {
    this.changed();
  }
}

function made(refuses = false) {
  const sent: object[] = [];
  const settings = new SettingsStore({
    changeSettings: async (changes) => {
      sent.push(changes);
      if (refuses) throw new Error('The memory is from a newer Whimbrel');
      return { ...settings.values, ...changes };
    },
  });
  const pictures = new PictureList();
  const history = new Parts();
  let told = false;
  const firstRun = new FirstRun({ settings, pictures, history: history as unknown as History, serverTold: () => told });
  const hear = (): void => {
    told = true;
    settings.heard({ firstRunDone: false });
  };
  return { firstRun, settings, pictures, history, sent, hear };
}

test('it is due once the server and the past say that nothing was ever shown', () => {
  const { firstRun, history, hear } = made();
  expect(firstRun.due).toBe(false);
  hear();
  expect(firstRun.due).toBe(false);
  history.complete = true;
  expect(firstRun.due).toBe(true);
});

test('a picture ends it, and so does a past with pictures in it', async () => {
  const { firstRun, settings, pictures, history, sent, hear } = made();
  history.complete = true;
  hear();
  pictures.add([doneEntry({})]);
  await Promise.resolve();
  expect(sent).toEqual([{ firstRunDone: true }]);
  expect(settings.values.firstRunDone).toBe(true);
  expect(firstRun.due).toBe(false);
});

test('pictures that came before the server told are seen when it tells', () => {
  const { pictures, sent, hear } = made();
  pictures.add([doneEntry({})]);
  expect(sent).toEqual([]);
  hear();
  expect(sent).toHaveLength(1);
});

test('where the server keeps nothing it is asked once, and this visit is left in peace', async () => {
  const { firstRun, pictures, history, sent, hear } = made(true);
  history.complete = true;
  hear();
  await firstRun.end();
  expect(firstRun.due).toBe(false);
  pictures.add([doneEntry({})]);
  await Promise.resolve();
  expect(sent).toHaveLength(1);
});
