// What the address asks of the flow, and what the answer says of its end.
import type { FlowTile } from '../../api/types';
import type { App } from '../../state/app.svelte';
import { SIDES } from '../../state/filters';
import { choice } from '../../state/url-state.svelte';
import { sideAnswer, type TilesView } from '../../tiles/view.svelte';
import { FLOW_MEASURES, runningDay, type FlowInput, type FlowMeasure } from './option';

export const BY = 'role';
export const MEASURE = choice('flow', FLOW_MEASURES);
export const SPLIT = choice('flow_by', [BY]);

export const measureIn = ({ url }: App) => url.get(MEASURE) ?? 'opened';
export const splitIn = ({ url }: App) => url.get(SPLIT) !== null;

export function inputOf(
  tile: FlowTile,
  { answer, asked }: TilesView,
  measure: FlowMeasure,
  split: boolean,
): FlowInput {
  const last = answer?.last_day ?? null;
  const to = asked?.to ?? null;
  return {
    tile,
    grain: answer?.grain ?? 'day',
    measure,
    split,
    by: BY,
    chosen: {},
    max: undefined,
    // The end of the axis: the data date, or that of the period chosen.
    lastDay: last !== null && (to === null || last < to) ? last : to,
    running: runningDay(answer?.collected_through ?? null, last),
  };
}

/** The flows of both sides. */
export function flowsOf({ answer }: TilesView, name: string): FlowTile[] {
  return SIDES.flatMap((side) => {
    const tile = sideAnswer(answer, side)?.tiles[name];
    return tile?.kind === 'flow' ? [tile] : [];
  });
}
