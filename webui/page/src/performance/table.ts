import { html, nothing, type TemplateResult } from 'lit';
import '../ui/save_button';
import { csvFile, csvText, type Cell } from './csv';

export interface Column<Row> {
  readonly name: string;
  /** Its name in the CSV. */
  readonly key: string;
  readonly number?: true;
  /** As it goes into the CSV: times in ISO 8601, durations in ms, sizes in bytes. */
  readonly raw: (row: Row) => Cell;
  /** As it is shown, where that is something else. */
  readonly show?: (row: Row) => string | TemplateResult;
}

/** A table whose rows know where they lead; what kind of rows they are is nobody's business any more. */
export interface DataTable {
  readonly caption: string;
  readonly csvName: string;
  readonly body: () => TemplateResult;
  readonly csv: () => string;
}

export interface TableParts<Row> {
  readonly caption: string;
  /** `latency` becomes whimbrel-latency.csv. */
  readonly name: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The address of the records behind a row. */
  readonly address?: (row: Row) => string | null;
}

export function dataTable<Row>({ caption, name, columns, rows, address }: TableParts<Row>): DataTable {
  return {
    caption,
    csvName: `whimbrel-${name}.csv`,
    csv: () => csvText(columns.map(({ key }) => key), rows.map((row) => columns.map(({ raw }) => raw(row)))),
    body: () => tableHtml({ caption, name, columns, rows, ...(address && { address }) }),
  };
}

/** A table that scrolls in itself. */
function tableHtml<Row>({ caption, columns, rows, address }: TableParts<Row>): TemplateResult {
  const head = ({ name, number }: Column<Row>): TemplateResult =>
    html`<th scope="col" class=${number ? 'number' : nothing}>${name}</th>`;
  const line = (row: Row): TemplateResult =>
    html`<tr>${columns.map((column, at) => cell(column, row, at === 0 ? (address?.(row) ?? null) : null, at === 0))}</tr>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${caption}><table>
    <caption class="unseen">${caption}</caption>
    <thead><tr>${columns.map(head)}</tr></thead>
    <tbody>${rows.map(line)}</tbody>
  </table></div>`;
}

function cell<Row>({ raw, show, number }: Column<Row>, row: Row, address: string | null, first: boolean): TemplateResult {
  const shown = show ? show(row) : (raw(row) ?? '–');
  const content = address === null ? shown : html`<a href=${address}>${shown}</a>`;
  if (first) return html`<th scope="row">${content}</th>`;
  return html`<td class=${number ? 'number' : nothing}>${content}</td>`;
}

export function csvButton(table: DataTable): TemplateResult {
  return html`<whimbrel-save look="quiet save-csv" words="Save as CSV" label="Save as CSV: ${table.caption}"
    name=${table.csvName} .content=${() => csvFile(table.csv())}></whimbrel-save>`;
}

export const isoTime = (at: number): string => new Date(at).toISOString();
