import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

// The tokens are the design's only source of colours: what holds for them holds for every chart.
const css = readFileSync(new URL('../styles/tokens.css', import.meta.url), 'utf8');

type Colour = [red: number, green: number, blue: number];
const SCHEMES = ['light', 'dark'] as const;

function token(name: string, scheme: (typeof SCHEMES)[number]): string {
  const match = css.match(new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\);`));
  const colour = match?.[scheme === 'light' ? 1 : 2];
  if (colour === undefined) throw new Error(`tokens.css has no colour --${name}`);
  return colour;
}

/** Linear-light components of #rrggbb. */
function linear(hex: string): Colour {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const value = parseInt(hex.slice(start, start + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [red ?? 0, green ?? 0, blue ?? 0];
}

/** WCAG 2 contrast ratio. */
function contrast(a: string, b: string): number {
  const [light, dark] = [a, b]
    .map((hex) => {
      const [red, green, blue] = linear(hex);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    })
    .sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

// Machado, Oliveira and Fernandes (2009): colour vision deficiency of full severity, linear RGB.
const VISION: Record<string, [Colour, Colour, Colour]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(colour: Colour, matrix: [Colour, Colour, Colour]): Colour {
  return matrix.map((row) => {
    const value = row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2];
    return Math.min(1, Math.max(0, value));
  }) as Colour;
}

/** CIE Lab, D65. */
function lab([red, green, blue]: Colour): Colour {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: Colour, b: Colour): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

const GROUPS = [
  [
    'role-datajob',
    'role-de',
    'role-da',
    'role-ds',
    'role-web_back',
    'role-web_front',
    'role-embedded',
    'role-security',
  ],
  ['exp-entry', 'exp-either', 'exp-any', 'exp-experienced'],
  ['part', 'rest'],
  ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6'],
  ['side-a', 'side-b'],
];
/** Few to many; on dark ground the many are bright. */
const RAMP = ['ramp-none', 'ramp-1', 'ramp-2', 'ramp-3', 'ramp-4', 'ramp-5'];

describe.each(SCHEMES)('%s', (scheme) => {
  test.each(GROUPS.flat())('--%s stands out from the surface', (name) => {
    expect(contrast(token(name, scheme), token('surface', scheme))).toBeGreaterThanOrEqual(3);
  });

  test.each(['ink', 'ink-soft', 'accent'])('text in --%s is readable', (name) => {
    for (const ground of ['paper', 'surface']) {
      expect(contrast(token(name, scheme), token(ground, scheme))).toBeGreaterThanOrEqual(4.5);
    }
  });

  test.each([
    ['demo-ink', 'demo-paper'],
    ['demo-ink', 'demo-stripe'],
    ['ink', 'warn-paper'],
    ['accent', 'accent-wash'],
    ['ink', 'accent-wash'],
  ])('text in --%s on --%s is readable', (text, ground) => {
    expect(contrast(token(text, scheme), token(ground, scheme))).toBeGreaterThanOrEqual(4.5);
  });

  test('the many on a map stand out, and each step is further from the ground', () => {
    const ratios = RAMP.map((name) => contrast(token(name, scheme), token('surface', scheme)));
    expect(ratios.at(-1)).toBeGreaterThanOrEqual(7);
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
  });

  // The same choice as in map/option.ts.
  test.each(RAMP.map((name, step) => [name, step >= 4 ? 'surface' : 'ink']))(
    'a name on --%s in --%s is readable',
    (step, text) => {
      expect(contrast(token(text, scheme), token(step, scheme))).toBeGreaterThanOrEqual(4.5);
    },
  );

  describe.each(Object.entries(VISION))('with %s', (_, matrix) => {
    test.each(GROUPS.map((group) => [group]))('%j stay apart', (group) => {
      const colours = group.map((name) => lab(seen(linear(token(name, scheme)), matrix)));
      for (const [index, colour] of colours.entries()) {
        for (const other of colours.slice(index + 1)) {
          expect(distance(colour, other)).toBeGreaterThanOrEqual(20);
        }
      }
    });

    test('neighbouring steps of a map stay apart', () => {
      const steps = RAMP.slice(1).map((name) => lab(seen(linear(token(name, scheme)), matrix)));
      for (const [index, step] of steps.slice(1).entries()) {
        expect(distance(step, steps[index] as Colour)).toBeGreaterThanOrEqual(10);
      }
    });
  });
});
