// How single tiles are drawn, on pages and embedded in others.
import type { CrossMode } from '../charts/cross/option';

export interface CrossLook {
  mode: CrossMode;
  /** The shares that the tile's intervals are of (`shares_of` in pipeline/tiles.toml). */
  sharesOf: 'row' | 'tile';
  /** A second way to draw it, which the address keeps under this name. */
  other?: { mode: CrossMode; name: string };
}

const percent = (name: string) => ({ mode: 'percent', name }) as const;

const CROSS: Record<string, CrossLook> = {
  role_experience: { mode: 'grouped', sharesOf: 'row', other: percent('experience_as') },
  data_keywords: { mode: 'stacked', sharesOf: 'tile', other: percent('keywords_as') },
  province_data_jobs: { mode: 'percent', sharesOf: 'row' },
  industry_categories: { mode: 'grouped', sharesOf: 'tile', other: percent('categories_as') },
  top_category_industries: { mode: 'grouped', sharesOf: 'tile', other: percent('industries_as') },
  roles_by_industry: { mode: 'multiples', sharesOf: 'row' },
  industries_by_role: { mode: 'multiples', sharesOf: 'row' },
};

export function crossLook(tile: string): CrossLook {
  const look = Object.hasOwn(CROSS, tile) ? CROSS[tile] : undefined;
  return look ?? { mode: 'grouped', sharesOf: 'tile' };
}
