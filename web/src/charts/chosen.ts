// What a mark stands for, whether it is chosen, and what a click on it does.
import {
  sideFilters,
  valuesOf,
  withValues,
  type Filters,
  type PlainFilters,
  type Side,
} from '../state/filters';

/** One value of one dimension; a cell of a cross chart stands for two. */
export interface MarkValue {
  dimension: string;
  value: string;
}
export type Marks = readonly MarkValue[];

/** Chosen values by dimension. */
export type Chosen = PlainFilters['values'];

export function chosenOn(filters: Filters, side: Side): Chosen {
  return sideFilters(filters, side).values;
}

/** Opacity of marks that other chosen values of their dimension leave behind. */
export const DIMMED = 0.35;

/**
 * What is chosen of what a drawing shows. Where it shows no chosen value of a dimension, as when it is about
 * other roles than the chosen one, none of its marks is left behind.
 */
export function chosenAmong(
  chosen: Chosen,
  drawn: Readonly<Record<string, readonly string[]>>,
): Chosen {
  return Object.fromEntries(
    Object.entries(drawn).flatMap(([dimension, values]) => {
      const among = (chosen[dimension] ?? []).filter((value) => values.includes(value));
      return among.length > 0 ? [[dimension, among]] : [];
    }),
  );
}

/** Whether a value is chosen. */
export function isChosen(chosen: Chosen, dimension: string, value: string): boolean {
  return chosen[dimension]?.includes(value) ?? false;
}

/** Whether other values of a mark's dimensions are chosen, and not the mark's own. */
export function isDimmed(chosen: Chosen, marks: Marks): boolean {
  return marks.some(
    ({ dimension, value }) =>
      (chosen[dimension]?.length ?? 0) > 0 && !isChosen(chosen, dimension, value),
  );
}

/** 1, or that of marks left behind. */
export function opacityOf(chosen: Chosen, marks: Marks): number {
  return isDimmed(chosen, marks) ? DIMMED : 1;
}

/**
 * The filters after a click on a mark: its values are chosen on top of the others of their dimensions;
 * where all of them were, they are no longer.
 */
export function toggled(filters: Filters, marks: Marks, side: Side): Filters {
  const off = marks.every(({ dimension, value }) =>
    valuesOf(filters, dimension, side).includes(value),
  );
  return marks.reduce((next, { dimension, value }) => {
    const others = valuesOf(next, dimension, side).filter((other) => other !== value);
    return withValues(next, dimension, off ? others : [...others, value], side);
  }, filters);
}
