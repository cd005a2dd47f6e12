/** What one epoch (or step) of one training gave. */
export interface Row {
  readonly training: string;
  readonly epoch: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One form of a log. */
export interface RowWriter {
  /** Adds a row. What the training had written of this epoch and later ones is replaced. */
  write(row: Row): Promise<void>;
}

/**
 * The numbers in a record, by path: `{ scores: { auc: 0.9 }, rates: [1, 2] }` has `scores.auc`, `rates.0` and
 * `rates.1`. Texts, dates and the like are left out.
 */
export function numbersOf(values: Readonly<Record<string, unknown>>, separator: string): Map<string, number> {
  const found = new Map<string, number>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'number') found.set(path, value);
    else if (typeof value === 'boolean') found.set(path, Number(value));
    else if (Array.isArray(value) || (typeof value === 'object' && value?.constructor === Object)) {
      for (const [key, item] of Object.entries(value)) visit(item, path ? `${path}${separator}${key}` : key);
    }
  };
  visit({ ...values }, '');
  return found;
}
