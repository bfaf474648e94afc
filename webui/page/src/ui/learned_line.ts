import { html, nothing, type TemplateResult } from 'lit';
import type { PictureEntry } from '../app/picture_entry';
import { plural } from './words';

/** What the user's corrections would call the picture, below what the model says; nothing where they say nothing. */
export function learnedLine({ learned }: PictureEntry): TemplateResult | typeof nothing {
  if (!learned) return nothing;
  const from = plural(learned.pictures, 'picture', 'pictures');
  return html`<p class="learned" data-learned=${learned.label}>
    <span>learning: <strong>${learned.label}</strong></span>
    <span class="soft">from ${from} that you marked</span>
  </p>`;
}
