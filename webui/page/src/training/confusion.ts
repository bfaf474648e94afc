import type { Confusion } from '../api/training';

/** Rows are what a picture is, columns what was answered; the most frequent first. */
export interface Matrix {
  readonly columns: readonly string[];
  readonly rows: readonly MatrixRow[];
  /** How many labels have no row. */
  readonly rowsLeft: number;
}

export interface MatrixRow {
  readonly label: string;
  readonly total: number;
  /** By column; 0 for none. */
  readonly counts: readonly number[];
  /** Answers that have no column. */
  readonly rest: number;
}

/**
 * At most so many rows and columns. The columns are the labels of the rows that were answered, in their order, and
 * then what was answered most often beside them.
 */
export function matrixOf({ labels, cells }: Confusion, mostRows: number, mostColumns: number): Matrix {
  const totals = new Map<string, number>();
  const answers = new Map<string, number>();
  const counted = new Map<string, Map<string, number>>();
  for (const [label, answered, count] of cells) {
    const [is, said] = [labels[label] ?? '', labels[answered] ?? ''];
    totals.set(is, (totals.get(is) ?? 0) + count);
    answers.set(said, (answers.get(said) ?? 0) + count);
    const row = counted.get(is) ?? new Map<string, number>();
    counted.set(is, row.set(said, (row.get(said) ?? 0) + count));
  }
  const rows = byCount(totals);
  const shown = rows.slice(0, mostRows);
  const own = shown.filter((label) => answers.has(label));
  const columns = [...own, ...byCount(answers).filter((label) => !own.includes(label))].slice(0, mostColumns);
  return { columns, rows: shown.map((label) => rowOf(label, counted.get(label) ?? new Map(), columns)), rowsLeft: rows.length - shown.length };
}

function rowOf(label: string, counted: ReadonlyMap<string, number>, columns: readonly string[]): MatrixRow {
  const counts = columns.map((column) => counted.get(column) ?? 0);
  const total = [...counted.values()].reduce((sum, count) => sum + count, 0);
  return { label, total, counts, rest: total - counts.reduce((sum, count) => sum + count, 0) };
}

function byCount(counted: ReadonlyMap<string, number>): string[] {
  return [...counted].sort(([one, count], [other, otherCount]) => otherCount - count || one.localeCompare(other)).map(([label]) => label);
}
