// The tile that the page of methods works through.
export const METHOD_TILES = ['data_job_share'] as const;
