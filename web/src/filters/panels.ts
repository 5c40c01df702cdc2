// What the bar's buttons open, loaded with its words when the first of them is used.
import { addMessages } from '../i18n/messages';
import { panels } from '../i18n/messages/panels';

addMessages(panels);

export { default as ComparePanel } from './ComparePanel.svelte';
export { default as DimensionList } from './DimensionList.svelte';
export { default as LinkPanel } from './LinkPanel.svelte';
export { default as MoreFilters } from './MoreFilters.svelte';
export { default as PeriodPanel } from './PeriodPanel.svelte';
