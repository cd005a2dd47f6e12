/**
 * A row of a table, as a kernel's argument: `key` says which one it is, and the kernel is found again by the key alone,
 * as a walk over the fields does not meet the row. A row comes with what names it, so that bundlers leave out the rows
 * that a page does not use; one table of all would keep all of them.
 */
export function rowOf<Key extends object, Row>(key: Key, row: Row): Readonly<Key & { row: Row }> {
  return Object.defineProperty({ ...key, row }, 'row', { enumerable: false });
}
