/** What formulas in MathML are put together from: browsers draw it without a library. */
import type { ComponentChildren, JSX } from 'preact';

export type Maths = ComponentChildren;

/** A name, with an index below it. */
export const v = (name: string, index?: string): JSX.Element =>
  index === undefined ? (
    <mi>{name}</mi>
  ) : (
    <msub>
      <mi>{name}</mi>
      <mi mathvariant="normal">{index}</mi>
    </msub>
  );
/** A number. */
export const n = (value: string | number): JSX.Element => <mn>{value}</mn>;
/** An operator. */
export const o = (sign: string): JSX.Element => <mo>{sign}</mo>;
export const squared = (inside: Maths): JSX.Element => (
  <msup>
    {inside}
    <mn>2</mn>
  </msup>
);
/** Preact leaves attributes out that are false. */
const asHigh = { stretchy: 'false' } as unknown as { stretchy: boolean };
const bracket = (sign: string): JSX.Element => <mo {...asHigh}>{sign}</mo>;
export const row = (...parts: Maths[]): JSX.Element => <mrow>{parts}</mrow>;
/** A fraction. */
export const over = (top: Maths, bottom: Maths): JSX.Element => (
  <mfrac>
    <mrow>{top}</mrow>
    <mrow>{bottom}</mrow>
  </mfrac>
);
export const root = (inside: Maths): JSX.Element => (
  <msqrt>
    <mrow>{inside}</mrow>
  </msqrt>
);
export const sum = (under: string): JSX.Element => (
  <munder>
    <mo>∑</mo>
    <mi mathvariant="normal">{under}</mi>
  </munder>
);
export const hat = (name: string): JSX.Element => (
  <mover>
    <mi>{name}</mi>
    <mo {...asHigh}>^</mo>
  </mover>
);
export const brackets = (...inside: Maths[]): JSX.Element => row(bracket('('), ...inside, bracket(')'));
/** 1 if it is true, else 0. */
export const whether = (...inside: Maths[]): JSX.Element => row(bracket('['), ...inside, bracket(']'));
export const call = (name: string, ...inside: Maths[]): JSX.Element =>
  row(<mi>{name}</mi>, brackets(...inside));
