/**
 * How much a test of chance does: `usual` in `npm test`, `soak` in `npm run soak` (GLASSBOX_SOAK=1), and what
 * GLASSBOX_SOAK says if that is a number above 1.
 */
export function amount(usual: number, soak: number): number {
  const wanted = Number(process.env.GLASSBOX_SOAK ?? 0);
  return wanted > 1 ? wanted : wanted === 1 ? soak : usual;
}

/** Cases of a fuzz test: 10,000 in `npm run soak`. */
export const cases = (usual: number): number => amount(usual, 10_000);
