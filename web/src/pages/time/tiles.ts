// What the page asks for, in one request.

export const TIME_TILES = ['flow'] as const;
