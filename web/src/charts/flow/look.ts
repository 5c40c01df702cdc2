// The flow as a tile.
import type { FlowTile } from '../../api/types';
import { addMessages } from '../../i18n/messages';
import { time } from '../../i18n/messages/time';
import type { AnswerLook } from '../../tiles/looks';
import { flowsOf, inputOf, MEASURE, measureIn, SPLIT, splitIn } from './asked';
import Controls from './Controls.svelte';
import Legend from './Legend.svelte';
import { DOUBTS, doubtsOf, flowTable } from './option';
import Body from './View.svelte';

addMessages(time);

export const look: AnswerLook<FlowTile> = {
  Body,
  Controls,
  Legend,
  table: (tile, { view }, app) => flowTable(inputOf(tile, view, measureIn(app), splitIn(app)), app),
  kept: [MEASURE.name, SPLIT.name],
  subtitle: (app) => app.locale.t(`time.${measureIn(app)}`),
  note: ({ shown, view }, app) => {
    const { t } = app.locale;
    const flows = flowsOf(view, shown.definition.name);
    const collected = flows.some((tile) => tile.coverage.some((share) => share !== null));
    const hatched = flows.some((tile) => tile.gaps.length > 0);
    const doubts = DOUBTS.filter((doubt) =>
      flows.some((tile) => doubtsOf(tile, measureIn(app)).includes(doubt)),
    );
    return [
      ...(collected ? [t('time.before')] : []),
      ...(hatched ? [t('time.gaps')] : []),
      ...doubts.map((doubt) => t(`time.doubt.${doubt}`)),
    ].join(' ');
  },
};
