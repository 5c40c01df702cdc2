// Every message, for what does not belong to one page: embedded tiles, and tests.
import { certificates } from './certificates';
import { charts } from './charts';
import { filters } from './filters';
import { industries } from './industries';
import { interest } from './interest';
import { method } from './method';
import { overview } from './overview';
import { postings } from './postings';
import { regions } from './regions';
import { shell } from './shell';
import { skills } from './skills';
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
  certificates,
  industries,
  interest,
  method,
  postings,
  regions,
  skills,
  sql,
  time,
};

for (const area of Object.values(AREAS)) addMessages(area);
