/** x · y + z with one rounding to float32, in whole numbers: another way than the model's. */
export function exactMultiplyAdd(x: number, y: number, z: number): number {
  const parts = (value: number): [bigint, number] => {
    if (value === 0) return [0n, 0];
    const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23;
    return [BigInt(value / 2 ** exponent), exponent];
  };
  const [[mx, ex], [my, ey], [mz, ez]] = [parts(x), parts(y), parts(z)];
  const product = mx * my;
  const low = Math.min(product === 0n ? ez : ex + ey, mz === 0n ? ex + ey : ez);
  const total = (product << BigInt(Math.max(0, ex + ey - low))) + (mz << BigInt(Math.max(0, ez - low)));
  if (total === 0n) return Math.fround(x * y + z);
  const size = total < 0n ? -total : total;
  const drop = Math.max(size.toString(2).length - 24, -149 - low, 0);
  let kept = size >> BigInt(drop);
  const rest = size - (kept << BigInt(drop));
  const half = drop === 0 ? 1n : 1n << BigInt(drop - 1);
  if (drop > 0 && (rest > half || (rest === half && kept & 1n))) kept += 1n;
  return (total < 0n ? -1 : 1) * Number(kept) * 2 ** (low + drop);
}
