import { dots } from './dots.ts';
import type { FormName, MatmulForm } from './form.ts';
import { rows } from './rows.ts';
import type { MatmulSpec } from './spec.ts';
import { transposedResult } from './transposed-result.ts';

/** The forms: the first one that fits is chosen. */
export const matmulForms: Readonly<Record<FormName, MatmulForm>> = { rows, dots, transposedResult };

export function formOf(spec: MatmulSpec): FormName {
  const names = Object.keys(matmulForms) as FormName[];
  return names.find((name) => matmulForms[name].when(spec))!;
}
