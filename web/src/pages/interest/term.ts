// Parameter of the address that holds the search terms chosen on the page of search interest.
export const TERM = 'term';
