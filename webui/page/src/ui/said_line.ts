import { html, render } from 'lit';

/** Says a sentence in a line of its own below the bar until it is put away. */
export function sayInLine(sentence: string): void {
  const line = Object.assign(document.createElement('div'), { className: 'memory-line' });
  line.dataset['said'] = '';
  line.setAttribute('role', 'status');
  render(
    html`<i class="state-dot" aria-hidden="true"></i><span>${sentence}</span>
      <button class="link" @click=${() => line.remove()}>Put away</button>`,
    line,
  );
  document.querySelector('.lines')?.append(line);
}
