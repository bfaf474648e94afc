// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { addressOf, placeOf, ViewState } from '../../src/ui/view_state';

beforeEach(() => {
  location.hash = '';
});

test.each([
  ['', { place: 'recognise', query: '' }],
  ['#/model', { place: 'model', query: '' }],
  ['#/history?label=fox&from=0', { place: 'history', query: 'label=fox&from=0' }],
  ['#/history?fileName=what%3F.jpg?', { place: 'history', query: 'fileName=what%3F.jpg?' }],
  ['#/historyx', { place: 'recognise', query: '' }],
  ['#/nowhere?a=b', { place: 'recognise', query: 'a=b' }],
])('%s leads to its place', (hash, whereabouts) => {
  expect(placeOf(hash)).toEqual(whereabouts);
});

test('what is asked of a place is in the address and comes back out of it', () => {
  const view = new ViewState();
  view.goTo('history', 'label=fox');
  expect(location.hash).toBe(addressOf('history', 'label=fox'));
  expect(new ViewState()).toMatchObject({ place: 'history', query: 'label=fox' });
});

test('the same place with another question is another address', () => {
  const view = new ViewState();
  view.goTo('history', 'label=fox');
  view.goTo('history');
  expect(location.hash).toBe('#/history');
  expect(view.query).toBe('');
});

test('an address that was typed is followed, and closes what was open', () => {
  const view = new ViewState();
  view.set({ camera: true, correcting: true });
  location.hash = '#/history?corrected=true';
  view.followAddress();
  expect(view).toMatchObject({ place: 'history', query: 'corrected=true', camera: false, correcting: false });
});
