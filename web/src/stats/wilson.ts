// Wilson score interval of a share. Stays inside 0..1 and holds for small n and extreme shares.

/** Below this many postings a share is called small. */
export const SMALL_N = 30;

/** Standard normal quantile of a two-sided 95 % interval. */
const Z = 1.959963984540054;

export interface Share {
  count: number;
  n: number;
  /** count / n, or null when n is 0. */
  value: number | null;
  /** 95 % Wilson interval; 0..1 when n is 0. */
  low: number;
  high: number;
  small: boolean;
}

/** `count` out of `n` postings; `0 <= count <= n`. */
export function share(count: number, n: number): Share {
  if (!(count >= 0 && count <= n)) {
    throw new RangeError(`a share needs 0 <= count <= n, not ${count} of ${n}`);
  }
  if (n === 0) return { count, n, value: null, low: 0, high: 1, small: true };
  const p = count / n;
  const scale = 1 + (Z * Z) / n;
  const centre = (p + (Z * Z) / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  return {
    count,
    n,
    value: p,
    // The bounds are exactly 0 and 1 at the ends; floating point misses them by a hair.
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === n ? 1 : Math.min(1, centre + half),
    small: n < SMALL_N,
  };
}
