/** What the Performance place says, section by section; each a sentence first. */

import { html, nothing, type TemplateResult } from 'lit';
import type { DeviceRow, LatencyRow } from '../api/performance';
import { backendName, plural } from '../ui/words';
import { accuracyChart, answersChart, failuresChart, latencyCharts, memoryChart } from './charts';
import { between, chartFigure, figure, length, remark, section, shownTable, type Shown } from './parts';
import { recordsAddress, WINDOWS } from './question';
import { dataTable, type Column, type DataTable } from './table';
import * as words from './words';

export function inWindow({ figures }: Shown): string {
  return WINDOWS.find(({ name }) => name === figures.window.name)?.inWords ?? '';
}

export function answers(shown: Shown): TemplateResult {
  const { figures } = shown;
  const { counts, window } = figures;
  const many = (name: keyof typeof counts, one: string, several: string): TemplateResult =>
    figure(name, counts[name], plural(counts[name].value ?? 0, one, several));
  return section(
    'answers',
    'Answers',
    html`<p>${many('answers', 'answer', 'answers')} to ${many('pictures', 'picture', 'pictures')} ${inWindow(shown)},
      in ${many('sessions', 'visit', 'visits')}. ${many('feedback', 'mark', 'marks')} of yours,
      ${many('corrections', 'correction', 'corrections')} among them.</p>`,
    remark(words.changeWords(counts.answers, words.AMOUNT, window.name)),
    remark(figures.pending > 0 ? `${plural(figures.pending, 'record', 'records')} that came just now will be counted in a moment` : null),
    chartFigure(answersChart(figures)),
  );
}

const STAGES: Readonly<Record<LatencyRow['stage'], string>> = {
  total: 'From picture to answer',
  preprocessing: 'Making the picture ready',
  inference: 'Computing the answer',
};

export function quickness(shown: Shown): TemplateResult {
  const { figures } = shown;
  const whole = figures.latency.find((row) => row.stage === 'total' && isWhole(row));
  if (!whole || whole.p50.value === null) return section('quickness', 'How quick', html`<p>No answer was timed ${inWindow(shown)}.</p>`);
  return section(
    'quickness',
    'How quick',
    html`<p>Half of the answers came within ${figure('p50', whole.p50, words.likelyTime(whole.p50))},
      19 of 20 within ${figure('p95', whole.p95, words.time(whole.p95.value))},
      99 of 100 within ${figure('p99', whole.p99, words.time(whole.p99.value))}.</p>`,
    remark(words.changeWords(whole.p50, words.PACE, figures.window.name)),
    html`<div class="charts">${latencyCharts(figures).map(chartFigure)}</div>`,
    shownTable(stageTable('Times of each step', 'steps', figures.latency.filter(isWhole))),
    html`<whimbrel-data name="By what computed it, and by model" .table=${apartTable(shown)}></whimbrel-data>`,
  );
}

function isWhole({ backend, modelVersion }: LatencyRow): boolean {
  return backend === null && modelVersion === null;
}

function apartTable({ figures, modelName }: Shown): DataTable {
  const title = 'Times of each step, by what computed it and by model';
  const together: Column<LatencyRow> = {
    ...{ name: 'With', key: 'with', raw: ({ backend, modelVersion }) => backend ?? modelVersion },
    show: (row) => withWords(row, modelName),
  };
  return stageTable(title, 'steps-apart', figures.latency, [together]);
}

function stageTable(caption: string, name: string, rows: readonly LatencyRow[], more: readonly Column<LatencyRow>[] = []): DataTable {
  const within = (title: string, key: 'p50' | 'p95' | 'p99'): Column<LatencyRow> => ({
    ...{ name: title, key: `${key}Ms`, number: true, raw: (row) => row[key].value },
    show: (row) => figure(`${row.stage}-${row.backend ?? row.modelVersion ?? 'all'}-${key}`, row[key], words.time(row[key].value)),
  });
  return dataTable<LatencyRow>({
    caption,
    name,
    rows: rows.filter(({ p50 }) => p50.n > 0),
    columns: [
      { name: 'Step', key: 'stage', raw: ({ stage }) => stage, show: ({ stage }) => STAGES[stage] },
      ...more,
      { name: 'Answers', key: 'answers', number: true, raw: ({ p50 }) => p50.n, show: ({ p50 }) => words.count(p50.n) },
      within('Half within (P50)', 'p50'),
      within('19 of 20 (P95)', 'p95'),
      within('99 of 100 (P99)', 'p99'),
    ],
  });
}

function withWords({ backend, modelVersion }: LatencyRow, modelName: Shown['modelName']): string {
  if (modelVersion !== null) return modelName(modelVersion);
  return backend === null ? 'everything' : backendName(backend);
}

export function rightness(shown: Shown): TemplateResult {
  const { accuracy, window, retraining } = shown.figures;
  const { overall, audited } = accuracy;
  const few = overall.n < words.FEW;
  return section(
    'rightness',
    'How right',
    html`<p>Right: ${figure('accuracy', overall, words.estimate(overall))}${few ? `: mark a few more answers as right or wrong, at least ${words.FEW}` : ''}.</p>`,
    remark(words.pointsWords(overall, window.name)),
    overall.n > 0
      ? html`<p class="soft">These are the answers that somebody chose to mark, and people mark what looks wrong more often than what looks right: of all answers, more are likely to be right.</p>`
      : nothing,
    audited.n > 0 ? html`<p>Of pictures picked by chance: ${figure('audited', audited, words.estimate(audited))}.</p>` : nothing,
    chartFigure(accuracyChart(shown.figures)),
    accuracy.byModelVersion.length > 0 ? shownTable(modelTable(shown)) : nothing,
    html`<p class="soft">${figure('triggers', retraining.triggers, reasons(retraining.triggers.value ?? 0))} to learn anew ${inWindow(shown)}${causes(shown)}.</p>`,
  );
}

function reasons(count: number): string {
  return count === 0 ? 'No reason' : plural(count, 'reason', 'reasons');
}

function causes({ figures }: Shown): string {
  const list = figures.retraining.causes.filter(({ count }) => count > 0).map(({ cause, count }) => `${cause} ${count}`);
  return list.length === 0 ? '' : ` (${list.join(', ')})`;
}

type ModelRow = Shown['figures']['accuracy']['byModelVersion'][number];

function modelTable({ figures, modelName }: Shown): DataTable {
  return dataTable<ModelRow>({
    caption: 'How right each model was',
    name: 'models',
    rows: figures.accuracy.byModelVersion,
    address: ({ accuracy }) => recordsAddress(accuracy.records),
    columns: [
      { name: 'Model', key: 'modelVersion', raw: ({ modelVersion }) => modelVersion, show: ({ modelVersion }) => modelName(modelVersion) },
      { name: 'Right', key: 'share', raw: ({ accuracy }) => accuracy.value, show: ({ accuracy }) => html`<span class="estimate">${words.estimate(accuracy)}</span>` },
      { name: '0 to 100 %', key: 'low', raw: ({ accuracy }) => accuracy.low, show: ({ accuracy }) => html`${accuracy.n < words.FEW ? nothing : between(accuracy)}` },
    ],
  });
}

export function memory(shown: Shown): TemplateResult {
  const { memory: held, window } = shown.figures;
  const { numBytes, numTensors } = held;
  if (numBytes.value === null) return section('memory', 'Memory', html`<p>No answer said how much memory it left in use ${inWindow(shown)}.</p>`);
  return section(
    'memory',
    'Memory',
    html`<p>After an answer the model held ${figure('numBytes', numBytes, words.bytes(numBytes.value))} on average,
      in ${figure('numTensors', numTensors, `${words.count(numTensors.value)} tensors`)}. A line that climbs for days would be a leak.</p>`,
    remark(words.changeWords(numBytes, words.SIZE, window.name)),
    chartFigure(memoryChart(shown.figures)),
  );
}

type ErrorRow = Shown['figures']['errors'][number];

export function failures(shown: Shown): TemplateResult {
  const { counts, errors, window } = shown.figures;
  const none = !counts.errors.value;
  return section(
    'failures',
    'What failed',
    none
      ? html`<p>${figure('errors', counts.errors, 'Nothing')} failed ${inWindow(shown)}.</p>`
      : html`<p>${figure('errors', counts.errors, plural(counts.errors.value ?? 0, 'failure', 'failures'))} ${inWindow(shown)}.</p>`,
    remark(words.changeWords(counts.errors, words.AMOUNT, window.name)),
    none ? nothing : chartFigure(failuresChart(shown.figures)),
    errors.length === 0 ? nothing : shownTable(failureTable(errors)),
  );
}

function failureTable(rows: readonly ErrorRow[]): DataTable {
  return dataTable<ErrorRow>({
    caption: 'Failures by kind',
    name: 'failures-by-kind',
    rows,
    address: ({ count }) => recordsAddress(count.records),
    columns: [
      { name: 'What', key: 'code', raw: ({ code }) => code, show: ({ stage, code }) => words.failureWords(stage, code) },
      { name: 'While', key: 'stage', raw: ({ stage }) => stage },
      { name: 'Times', key: 'count', number: true, raw: ({ count }) => count.value, show: ({ count }) => words.count(count.value) },
    ],
  });
}

export function machines({ figures }: Shown): TemplateResult | typeof nothing {
  const { devices } = figures;
  if (devices.length === 0) return nothing;
  const columns: Column<DeviceRow>[] = [
    { name: 'Graphics', key: 'renderer', raw: ({ renderer }) => renderer, show: ({ renderer, vendor }) => renderer ?? vendor ?? 'not told' },
    { name: 'Processors', key: 'hardwareConcurrency', number: true, raw: ({ hardwareConcurrency }) => hardwareConcurrency },
    { name: 'Memory', key: 'deviceMemoryGiB', number: true, raw: ({ deviceMemory }) => deviceMemory, show: ({ deviceMemory }) => (deviceMemory === null ? '–' : `${deviceMemory} GB`) },
    { name: 'Answers', key: 'answers', number: true, raw: ({ answers }) => answers.value, show: ({ answers }) => words.count(answers.value) },
    { name: 'Share', key: 'share', raw: ({ share }) => share, show: ({ share }) => html`<span class="share">${length(share)}${words.share(share)}</span>` },
  ];
  const address = ({ answers }: DeviceRow): string | null => recordsAddress(answers.records);
  const table = dataTable({ caption: 'Machines that answered', name: 'machines', rows: devices, columns, address });
  return section(
    'machines',
    'Machines',
    html`<p>${plural(devices.length, 'machine', 'machines')} answered.</p>`,
    shownTable(table),
  );
}
