// What the bar's buttons open, loaded when the first of them is used.
export { default as ComparePanel } from './ComparePanel.svelte';
export { default as DimensionList } from './DimensionList.svelte';
export { default as LinkPanel } from './LinkPanel.svelte';
export { default as MoreFilters } from './MoreFilters.svelte';
export { default as PeriodPanel } from './PeriodPanel.svelte';
