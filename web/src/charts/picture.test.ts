import { expect, test } from 'vitest';
import { onSurface } from './picture';

test('a ground lies below everything', () => {
  expect(onSurface('<svg width="2" height="1"><g/></svg>', 'rgb(1, 2, 3)')).toBe(
    '<svg width="2" height="1"><rect width="100%" height="100%" fill="rgb(1, 2, 3)"/><g/></svg>',
  );
});
