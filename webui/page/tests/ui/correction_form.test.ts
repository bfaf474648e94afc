// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import type { PictureEntry } from '../../src/app/picture_entry';
import { CorrectionForm } from '../../src/ui/correction_form';
import { ViewState } from '../../src/ui/view_state';
import { doneEntry } from '../support/entries';
import { whimbrelWith, type Word } from '../support/fake_whimbrel';

let form: CorrectionForm;
let view: ViewState;
let words: Word[];
let entry: PictureEntry;

beforeEach(async () => {
  document.body.replaceChildren();
  const predictions = ['dog', 'wolf spider', 'fox'].map((className, at) => ({
    className,
    probability: 0.5 / (at + 1),
    rank: at + 1,
  }));
  const answer = { predictions, inferenceTime: 1, totalTime: 2, backend: 'wasm', modelVersion: 'starter' };
  entry = doneEntry({ answer });
  const made = whimbrelWith([entry]);
  words = made.words;
  view = new ViewState();
  view.set({ correcting: true });
  form = Object.assign(new CorrectionForm(), { whimbrel: made.whimbrel, view, entry });
  document.body.append(form);
  await form.updateComplete;
});

const field = (): HTMLInputElement => form.querySelector('input') as HTMLInputElement;
const options = (): string[] => [...form.querySelectorAll('[role=option]')].map((option) => option.getAttribute('aria-label') ?? '');

async function type(text: string): Promise<void> {
  field().value = text;
  field().dispatchEvent(new Event('input', { bubbles: true }));
  await form.updateComplete;
}

async function press(key: string): Promise<void> {
  field().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await form.updateComplete;
}

function submit(): void {
  form.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
}

test('the field has the focus at once and is named for screen readers', () => {
  expect(document.activeElement).toBe(field());
  expect(field().getAttribute('role')).toBe('combobox');
  expect(form.querySelector(`label[for=${field().id}]`)?.textContent).toBe('What is it?');
});

test('before anything is typed the other answers are offered', () => {
  expect(options()).toEqual(['wolf spider', 'fox']);
});

test('arrows choose among the completions and tell which one it is', async () => {
  await type('wolf');
  expect(options()).toEqual(['wolf spider', 'timber wolf']);
  await press('ArrowDown');
  await press('ArrowDown');
  const active = form.querySelector(`#${field().getAttribute('aria-activedescendant')}`);
  expect(active?.getAttribute('aria-label')).toBe('timber wolf');
  expect(active?.getAttribute('aria-selected')).toBe('true');
  submit();
  expect(words).toEqual([
    { about: entry.id, said: { isCorrect: false, correctedLabel: 'timber wolf', confidence: 1 } },
  ]);
  expect(view.correcting).toBe(false);
});

test('arrow up from the field goes to the last', async () => {
  await press('ArrowUp');
  submit();
  expect(words[0]?.said?.correctedLabel).toBe('fox');
});

test('what is typed counts as it is, and is offered the next time', async () => {
  await type('my own heron');
  submit();
  expect(words[0]?.said?.correctedLabel).toBe('my own heron');
  await type('my');
  expect(options()).toEqual(['my own heron']);
});

test('another name of a label becomes the label', async () => {
  await type('Grey Wolf');
  submit();
  expect(words[0]?.said?.correctedLabel).toBe('timber wolf');
});

test('the first answer itself means that it was right', async () => {
  await type('dog');
  submit();
  expect(words[0]?.said).toEqual({ isCorrect: true, correctedLabel: null, confidence: 1 });
});

test('nothing typed means wrong, without a label', () => {
  submit();
  expect(words[0]?.said).toEqual({ isCorrect: false, correctedLabel: null, confidence: 1 });
});

test('Escape leaves everything as it was', async () => {
  await type('wolf');
  await press('Escape');
  expect([words, view.correcting]).toEqual([[], false]);
});

test('a click on a completion takes it', async () => {
  await type('timb');
  form.querySelector<HTMLElement>('[role=option]')?.click();
  expect(words[0]?.said?.correctedLabel).toBe('timber wolf');
});
