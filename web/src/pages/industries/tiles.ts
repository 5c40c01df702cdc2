// What the page asks for, in one request.

export const INDUSTRIES_TILES = [
  'industry_categories',
  'top_category_industries',
  'roles_by_industry',
  'industries_by_role',
] as const;
