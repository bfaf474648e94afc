import { html, nothing, type TemplateResult } from 'lit';
import type { Whimbrel } from '../app/whimbrel';
import { megabytes } from './words';

/** What keeps pictures from being recognised, and what to do; nothing where the model is ready. */
export function modelNotice(whimbrel: Whimbrel): TemplateResult | typeof nothing {
  const { host, modelStatus, problem } = whimbrel;
  if (problem && !host.ready) return trouble(problem.sentence, problem.advice);
  if (host.failure && !host.ready) return failure(whimbrel, host.failure);
  if (host.ready) return nothing;
  if (host.changingTo) return loading(whimbrel);
  if (modelStatus?.state === 'missing' || modelStatus?.state === 'failed') {
    return trouble(modelStatus.sentence || 'There is no model yet.', modelStatus.advice || '');
  }
  if (modelStatus?.state === 'preparing') return preparing(modelStatus.sentence, modelStatus.progress);
  return waiting('Waiting for the model', null);
}

function loading({ host }: Whimbrel): TemplateResult {
  const { loadedBytes, totalBytes, state } = host;
  if (state === 'warming') return waiting('Warming the model up', null);
  if (totalBytes === 0) return waiting('Waiting for the model', null);
  const loaded = (loadedBytes / 1_000_000).toFixed(1);
  return waiting(`Waiting for the model: ${loaded} of ${megabytes(totalBytes)}`, loadedBytes / totalBytes);
}

function preparing(sentence: string | null, progress: number | null): TemplateResult {
  return waiting(sentence || 'Whimbrel is preparing its model', progress);
}

function waiting(words: string, share: number | null): TemplateResult {
  return html`<div class="notice" role="status">
    <p>${words}</p>
    <progress aria-label=${words} max="1" value=${share ?? nothing}></progress>
  </div>`;
}

function trouble(sentence: string, advice: string): TemplateResult {
  return html`<div class="notice notice-trouble" role="alert">
    <p>${sentence}</p>
    <p class="soft">${advice}</p>
  </div>`;
}

function failure(whimbrel: Whimbrel, { sentence, advice }: { sentence: string; advice: string }): TemplateResult {
  return html`<div class="notice notice-trouble" role="alert">
    <p>${sentence}</p>
    <p class="soft">${advice}</p>
    <button @click=${() => void whimbrel.host.retry()}>Try again</button>
  </div>`;
}
