/** The page that asks what shall become of a damaged memory. */

import { render } from 'lit';
import { systemClock } from '../base/clock';
import { Desk } from './desk';
import { page } from './view';

const root = document.querySelector<HTMLElement>('#recovery');
const desk = new Desk({
  fetcher: (input, init) => fetch(input, init),
  clock: systemClock,
  leave: () => location.replace('/'),
});
if (root) desk.watch(() => render(page(desk), root));
void desk.follow();
