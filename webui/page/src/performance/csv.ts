/**
 * CSV (RFC 4180) that a spreadsheet opens as it is meant, as store/export/csv_form.py writes it: in UTF-8 with its
 * mark, texts quoted and numbers not, and an apostrophe before what would be taken for a formula.
 */

export type Cell = string | number | null;

const BYTE_ORDER_MARK = '\ufeff';
/** Spaces aside; also as full-width characters (https://owasp.org/www-community/attacks/CSV_Injection). */
const STARTS_A_FORMULA = /^ *[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** One line of column names, then one a row; an unknown cell is nothing at all. */
export function csvText(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns, ...rows].map((cells) => `${cells.map(written).join(',')}\r\n`);
  return BYTE_ORDER_MARK + lines.join('');
}

function written(cell: Cell): string {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(cell) : `"${safe(cell).replaceAll('"', '""')}"`;
}

function safe(text: string): string {
  return STARTS_A_FORMULA.test(text) ? `'${text}` : text;
}

/** The text as a file. */
export function csvFile(text: string): Blob {
  return new Blob([text], { type: 'text/csv;charset=utf-8' });
}
