/**
 * Measures every approximated builtin and writes the table of `docs/wgsl-wasm-accuracy.md` (to the standard output).
 */
import { ACCURACY, measure } from '../test/lower/accuracy-table.ts';

const SAMPLES = 1_000_000;

const shown = (x: number) =>
  Math.abs(x) >= 1e5 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(1) : String(x);
const number = (x: number) => Number(x.toPrecision(4));

console.log(`# Accuracy of the builtin functions on the \`wasm\` device

Each function was evaluated at ${SAMPLES.toLocaleString('en')} arguments of its domain, and compared with float64.
Half of the arguments are spread evenly, half by their bits, so that all magnitudes occur. An ulp is the distance
between neighbouring f32 numbers at the true value. Scalars and vectors give the same bits.

Functions that are not listed (\`abs\`, \`floor\`, \`min\`, \`fract\`, \`ldexp\`, \`modf\`, packing and the
operators) are exact or correctly rounded. \`x / y\` is correctly rounded. \`a * b + c\` on vectors is fused where the
machine can. \`cross\`, \`reflect\` and \`refract\` are made of correctly rounded operations as WGSL writes them, and
lose what their differences cancel.

Written by \`node packages/wgsl-wasm/bench/accuracy.ts > docs/wgsl-wasm-accuracy.md\`. The test
\`packages/wgsl-wasm/test/lower/accuracy.test.ts\` holds every function to the limit of the last column.

Errors are in ulp, \`unfused\` those without fused multiply-add.

| function | domain | worst | at | unfused | WGSL allows | limit |
| --- | --- | --- | --- | --- | --- | --- |`);
for (const entry of ACCURACY) {
  const [fused, plain] = [true, false].map((relaxedSimd) => measure(entry, SAMPLES, 12345, relaxedSimd));
  const domains = entry.domains.map(([low, high]) => `[${shown(low)}, ${shown(high)}]`);
  const alike = domains.length > 1 && new Set(domains).size === 1;
  const domain = alike ? `both ${domains[0]}` : domains.join(' x ');
  const cells = [
    `\`${entry.expression.replace(/T\(([\d.]+?)(?:\.0)?\)/g, '$1')}\``,
    domain,
    fused.worst.toFixed(2),
    fused.at.map(number).join(', '),
    plain.worst.toFixed(2),
    entry.wgsl,
    String(entry.limit),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
