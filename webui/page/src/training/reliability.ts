import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import '../performance/data_disclosure';
import { dataTable, type DataTable } from '../performance/table';
import type { ReliabilityBin, VersionSide } from '../api/training';
import { whole } from './words';

const SIDE = 160;
const LEFT = 34;
const BELOW = 22;
const TICKS = [0, 0.5, 1];

/** How often a version is right against how sure it says it is; nothing where that was not counted. */
export function reliability(side: VersionSide, key: string): TemplateResult | typeof nothing {
  const { reliability: bins, name, ece } = side;
  if (bins.length === 0) return nothing;
  const gap = ece === null ? '' : `; on average ${whole(ece)} apart`;
  return html`<figure class="reliability">
    <figcaption><b>${key}</b> ${name}: right against sure${gap}</figcaption>
    <svg viewBox="0 0 ${LEFT + SIDE + 8} ${SIDE + BELOW + 8}" role="img" aria-label="How often ${name} is right when it is so sure; the table below says the same">
      ${axes()}${bins.map(dot)}
    </svg>
    <whimbrel-data name="Table" .table=${tableOf(side, key)}></whimbrel-data>
  </figure>`;
}

const across = (share: number): number => LEFT + share * SIDE;
const down = (share: number): number => 6 + (1 - share) * SIDE;

function axes(): SVGTemplateResult {
  const tick = (share: number): SVGTemplateResult => svg`
    <line class="grid" x1=${across(0)} x2=${across(1)} y1=${down(share)} y2=${down(share)} />
    <text x=${LEFT - 6} y=${down(share) + 4} text-anchor="end">${Math.round(share * 100)}</text>
    <text x=${across(share)} y=${SIDE + BELOW} text-anchor=${share === 1 ? 'end' : 'middle'}>${share === 1 ? '100 % sure' : Math.round(share * 100)}</text>`;
  return svg`${TICKS.map(tick)}<line class="even" x1=${across(0)} y1=${down(0)} x2=${across(1)} y2=${down(1)} />`;
}

function dot({ confidence, accuracy, count }: ReliabilityBin): SVGTemplateResult {
  return svg`<circle cx=${across(confidence)} cy=${down(accuracy)} r="3.5"><title>${whole(confidence)} sure, ${whole(accuracy)} right, of ${count}</title></circle>`;
}

function tableOf({ reliability: rows, name }: VersionSide, key: string): DataTable {
  return dataTable<ReliabilityBin>({
    caption: `How sure ${name} is, and how often it is right`,
    name: `reliability-${key.toLowerCase()}`,
    rows,
    columns: [
      { name: 'Sure', key: 'sure', raw: ({ confidence }) => confidence, show: ({ confidence }) => whole(confidence) },
      { name: 'Right', key: 'right', number: true, raw: ({ accuracy }) => accuracy, show: ({ accuracy }) => whole(accuracy) },
      { name: 'Pictures', key: 'pictures', number: true, raw: ({ count }) => count },
    ],
  });
}
