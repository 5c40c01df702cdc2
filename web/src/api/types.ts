// The API's shapes by the names the pages use: all of them are generated (schema.d.ts). Where the
// document says less than the server promises, it is said here: pairs are pairs, and origins are known.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Build = Schemas['BuildAnswer'];
export type Origin = Schemas['Origin'];
export type Table = Schemas['TableAnswer'];
export type Tables = Schemas['TablesAnswer'];
export type Grain = Schemas['Grain'];

type WithOrigin<Answer> = Omit<Answer, 'origin'> & { origin: Origin };

export type ValueTile = Schemas['ValueTile'] & { kind: 'value' };
/** Of a row that one side of a comparison lacks: nothing to count, or not among the rows answered. */
export type Absent = 'none' | 'unknown';
export type Group = Omit<Schemas['Group'], 'rank'> & {
  rank: [best: number, worst: number];
  absent?: Absent;
};
export type GroupsTile = Omit<Schemas['GroupsTile'], 'rows'> & { kind: 'groups'; rows: Group[] };
export type CrossRow = Schemas['CrossRow'] & { absent?: Absent };
export type CrossTile = Omit<Schemas['CrossTile'], 'rows'> & { kind: 'cross'; rows: CrossRow[] };
export type FlowSeries = Schemas['FlowSeries'];
export type FlowTile = Omit<Schemas['FlowTile'], 'gaps'> & {
  kind: 'flow';
  gaps: [from: string, to: string][];
};
export type PostingRow = Schemas['PostingRow'];
export type PostingsTile = Schemas['PostingsTile'] & { kind: 'postings' };
export type Tile = ValueTile | GroupsTile | CrossTile | FlowTile | PostingsTile;

export type UnknownValue = Schemas['UnknownValue'];
export type SelectionAnswer = Omit<Schemas['SelectionAnswer'], 'tiles'> & {
  tiles: Record<string, Tile>;
};
export type TilesAnswer = WithOrigin<
  Omit<Schemas['TilesAnswer'], 'selections'> & { selections: SelectionAnswer[] }
>;
export type PostingsAnswer = WithOrigin<Schemas['PostingsAnswer']>;
export type PostingDetail = Schemas['PostingDetail'];
export type FacetValue = Schemas['Facet'];
export type FacetsAnswer = Schemas['FacetsAnswer'];
export type DimensionDefinition = Schemas['Dimension'];
export type MeasureDefinition = Schemas['Measure'];
export type TileDefinition = Schemas['TileInfo'];
export type SeriesDefinition = Schemas['Series'];
export type Values = TileDefinition['where'];
export type PageDefinition = Schemas['PageInfo'];
export type CellDefinition = Schemas['PageCell'];
/** A tile with what its page says and draws in another way. */
export type TileShown = Schemas['PageTile'];
export type Definitions = Schemas['AllDefinitions'];
export type PostingColumn = Schemas['PostingColumn'];
/** What is shown where: also in the page as the server answers it. */
export type Layout = Pick<Definitions, 'tiles' | 'pages'>;
export type ExplainAnswer = Schemas['ExplainAnswer'];
export type ModelsAnswer = Schemas['ModelsAnswer'];
export type QueryAnswer = Schemas['QueryAnswer'];
