// How single tiles are drawn where a page does not say otherwise: what an embedded tile looks like.
import type { CrossMode } from '../charts/cross/option';

export interface CrossLook {
  mode: CrossMode;
  /** The shares that the tile's intervals are of (`shares_of` in pipeline/tiles.toml). */
  sharesOf: 'row' | 'tile';
}

const CROSS: Record<string, CrossLook> = {
  data_keywords: { mode: 'stacked', sharesOf: 'tile' },
  province_data_jobs: { mode: 'percent', sharesOf: 'row' },
  roles_by_industry: { mode: 'multiples', sharesOf: 'row' },
  industries_by_role: { mode: 'multiples', sharesOf: 'row' },
};

export function crossLook(tile: string): CrossLook {
  const look = Object.hasOwn(CROSS, tile) ? CROSS[tile] : undefined;
  return look ?? { mode: 'grouped', sharesOf: 'tile' };
}
