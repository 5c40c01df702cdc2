// What the page asks for, in one request.

export const SKILLS_TILES = ['all_keywords', 'data_keywords'] as const;
