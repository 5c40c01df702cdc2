// Ends of axes.

const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** A round number at or above: the same for both sides of a comparison. */
export function niceMax(max: number): number {
  if (!(max > 5)) return 5;
  const unit = 10 ** Math.floor(Math.log10(max));
  return (STEPS.find((step) => step * unit >= max) ?? 10) * unit;
}
