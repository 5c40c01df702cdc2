// The tile that the page of methods works through.
export const WORKED_EXAMPLE = 'data_job_share';
