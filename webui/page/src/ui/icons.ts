import { html, svg, type SVGTemplateResult, type TemplateResult } from 'lit';

/** Drawn in the colour of the text around it, on a grid of 24, and silent: the words beside it say what it means. */
function icon(shapes: SVGTemplateResult, name: string): TemplateResult {
  return html`<svg class="icon icon-${name}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shapes}</svg>`;
}

export const mark = icon(
  svg`<path class="fill" fill-rule="evenodd" d="M2.8 21c0-4.2.9-6.3 2-8.4C3.5 8 5.9 4.2 9.5 4.2c2.7 0 4.5 1.7 4.9 4 4.2.5 7 3.4 7.6 9.3-2.4-4.3-5-6.1-8.2-6-.9 1.7-1.5 2.7-1.5 4.6 0 2 .6 3.4 1.5 4.9zM10.2 7.4a1 1 0 1 0 0 2 1 1 0 0 0 0-2z"/>`,
  'mark',
);
export const right = icon(svg`<path d="M5 12.5l4.5 4.5L19 7.5"/>`, 'right');
export const wrong = icon(svg`<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>`, 'wrong');
export const unsure = icon(
  svg`<path d="M8.8 9.2c0-1.9 1.4-3.2 3.3-3.2s3.2 1.2 3.2 2.9c0 2.6-3.3 2.6-3.3 5.2"/><path d="M12 17.8v.2"/>`,
  'unsure',
);
export const failed = icon(svg`<path d="M12 6v7.5"/><path d="M12 17.3v.2"/>`, 'failed');
export const add = icon(svg`<path d="M12 5v14M5 12h14"/>`, 'add');
export const camera = icon(
  svg`<path d="M4 8h3.5L9 5.8h6L16.5 8H20v11H4z"/><circle cx="12" cy="13.2" r="3.4"/>`,
  'camera',
);
export const picture = icon(
  svg`<rect x="4" y="5" width="16" height="14" rx="1.5"/><path d="M4.5 16l4.5-4.5 3.5 3.5 2.5-2.5 4.5 4.5"/><circle cx="15.2" cy="9" r="1.3"/>`,
  'picture',
);
export const unreadable = icon(
  svg`<path d="M6 3.5h8.5L18.5 8v3.5l-3 2-3-2-3 2.5-3.5-2.5z"/><path d="M14.5 3.5V8h4"/><path d="M5.5 15.5l4 2.5 3-2.5 3 2 3-2v5h-13z"/>`,
  'unreadable',
);
export const close = icon(svg`<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>`, 'close');
export const model = icon(
  svg`<path d="M5 7h9M5 12h5M5 17h12"/><circle cx="17" cy="7" r="2"/><circle cx="13" cy="12" r="2"/><circle cx="19" cy="17" r="1.2"/>`,
  'model',
);
export const review = icon(
  svg`<path d="M3 12c2.4-4.4 5.4-6.6 9-6.6s6.6 2.2 9 6.6c-2.4 4.4-5.4 6.6-9 6.6S5.4 16.4 3 12z"/><circle cx="12" cy="12" r="2.6"/>`,
  'review',
);
export const next = icon(svg`<path d="M5 12h13M12.5 6.5L18 12l-5.5 5.5"/>`, 'next');
export const history = icon(svg`<path d="M4.6 9.5A8 8 0 1 1 4 12.8"/><path d="M4.2 5v4.6h4.6"/><path d="M12 8v4.5l3 2"/>`, 'history');
export const performance = icon(svg`<path d="M4.5 4.5v15h15"/><path d="M8 15l3.5-4.5 3 2.5 4.5-6"/>`, 'performance');
export const settings = icon(
  svg`<circle cx="12" cy="12" r="5.6"/><circle cx="12" cy="12" r="1.9"/><path d="M12 3.4v3M12 17.6v3M3.4 12h3M17.6 12h3M5.9 5.9L8 8M16 16l2.1 2.1M18.1 5.9L16 8M8 16l-2.1 2.1"/>`,
  'settings',
);
