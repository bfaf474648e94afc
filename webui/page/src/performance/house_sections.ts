/** What is stored, and how Whimbrel's own server does: the house rather than the answers. */

import { html, nothing, type TemplateResult } from 'lit';
import type { Percentiles, RouteRow, StoredKind } from '../api/performance';
import { plural } from '../ui/words';
import { requestsChart } from './charts';
import { chartFigure, figure, length, remark, section, shownTable, type Shown } from './parts';
import { inWindow } from './sections';
import { dataTable, type DataTable } from './table';
import * as words from './words';

const KINDS: Readonly<Record<StoredKind, string>> = {
  records: 'Answers',
  embeddings: 'Features to learn from',
  thumbnails: 'Small copies of pictures',
  crops: 'Squares that the model looked at',
  feedback: 'Marks and corrections',
  other: 'Everything else in the database',
  backups: 'Backups',
  models: 'Models',
  logs: 'Logs',
};

type StoredRow = Shown['figures']['storage'][number];

export function stored({ figures }: Shown): TemplateResult {
  const { storage, database } = figures;
  const whole = storage.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = Math.max(1, ...storage.map(({ bytes }) => bytes));
  const rows = storage.toSorted((one, other) => other.bytes - one.bytes);
  const table = dataTable<StoredRow>({
    caption: 'What is stored, by kind',
    name: 'stored',
    rows,
    columns: [
      { name: 'What', key: 'kind', raw: ({ kind }) => kind, show: ({ kind }) => KINDS[kind] ?? kind },
      { name: 'How many', key: 'count', number: true, raw: ({ count }) => count, show: ({ kind, count }) => (kind === 'other' ? '–' : words.count(count)) },
      { name: 'Size', key: 'bytes', number: true, raw: ({ bytes }) => bytes, show: ({ bytes }) => words.bytes(bytes) },
      { name: 'Against the largest', key: 'share', raw: ({ bytes }) => (whole === 0 ? null : bytes / whole), show: ({ bytes }) => html`${length(bytes / most)}` },
    ],
  });
  return section(
    'stored',
    'What is stored',
    html`<p>${words.bytes(whole)} in all. The database takes ${words.bytes(database.fileBytes)}, ${words.bytes(database.walBytes)} of changes
      not yet folded into it beside that; ${words.bytes(database.freeBytes)} of it are free for what comes.</p>`,
    shownTable(table),
  );
}

export function server(shown: Shown): TemplateResult {
  const { server: served, database, window } = shown.figures;
  const { requests, errors, routes } = served;
  return section(
    'server',
    'Whimbrel’s own server',
    html`<p>${figure('requests', requests, plural(requests.value ?? 0, 'request', 'requests'))} ${inWindow(shown)},
      ${figure('serverErrors', errors, words.count(errors.value))} of them failed.</p>`,
    html`<p>${within('Keeping something for good', database.commit)} ${within('Looking something up', database.query)}</p>`,
    remark(words.changeWords(requests, words.AMOUNT, window.name)),
    chartFigure(requestsChart(shown.figures)),
    routes.length === 0 ? nothing : html`<whimbrel-data name="By address" .table=${routeTable(routes)}></whimbrel-data>`,
  );
}

function within(what: string, { n, p50, p95, p99 }: Percentiles): string {
  if (n === 0) return '';
  return `${what}: half within ${words.time(p50)}, 19 of 20 within ${words.time(p95)}, 99 of 100 within ${words.time(p99)}.`;
}

function routeTable(rows: readonly RouteRow[]): DataTable {
  const time = (name: string, key: 'p50' | 'p95' | 'p99') => ({
    ...{ name, key: `${key}Ms`, number: true as const, raw: (row: RouteRow) => row[key], show: (row: RouteRow) => words.time(row[key]) },
  });
  return dataTable<RouteRow>({
    caption: 'Requests by address',
    name: 'routes',
    rows,
    columns: [
      { name: 'Address', key: 'route', raw: ({ method, route }) => `${method} ${route}` },
      { name: 'Status', key: 'status', raw: ({ status }) => status },
      { name: 'Requests', key: 'requests', number: true, raw: ({ count }) => count, show: ({ count }) => words.count(count) },
      time('Half within (P50)', 'p50'),
      time('19 of 20 (P95)', 'p95'),
      time('99 of 100 (P99)', 'p99'),
    ],
  });
}
