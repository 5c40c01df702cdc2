// Every message, for what does not belong to one page: embedded tiles, and tests.
import { charts } from './charts';
import { filters } from './filters';
import { method } from './method';
import { overview } from './overview';
import { panels } from './panels';
import { postings } from './postings';
import { series } from './series';
import { shell } from './shell';
import { sql } from './sql';
import { tiles } from './tiles';
import { time } from './time';
import { addMessages } from '.';

/** The files by name; no key may stand in two of them (a test). */
export const AREAS = {
  shell,
  filters,
  tiles,
  overview,
  charts,
  method,
  panels,
  postings,
  series,
  sql,
  time,
};

for (const area of Object.values(AREAS)) addMessages(area);
