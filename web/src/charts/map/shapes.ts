// The outlines of provinces and of Seoul's districts, by the values of the dimensions `province` and
// `district`. scripts/map-shapes.mjs makes them; pages with maps load them with the maps.
import packed from 'virtual:map-shapes';

export const AREAS = ['korea', 'seoul'] as const;
export type Area = (typeof AREAS)[number];

interface Region {
  type: 'Feature';
  properties: { name: string; cp: [number, number] };
  geometry: { type: 'MultiPolygon'; coordinates: [number, number][][][] };
}

export interface Shapes {
  type: 'FeatureCollection';
  features: Region[];
}

const unpackedAreas = new Map<Area, Shapes>();

/** GeoJSON; a region's name is its value. */
export function shapesOf(area: Area): Shapes {
  const shapes = unpackedAreas.get(area) ?? unpackedArea(area);
  unpackedAreas.set(area, shapes);
  return shapes;
}

function unpackedArea(area: Area): Shapes {
  return {
    type: 'FeatureCollection',
    features: packed[area].map(({ value, perDegree, at: [x, y], polygons }) => ({
      type: 'Feature',
      properties: { name: value, cp: LABELS_AT[value] ?? [x / perDegree, y / perDegree] },
      geometry: {
        type: 'MultiPolygon',
        coordinates: polygons.map((rings) =>
          nearer(rings.map((ring) => unpacked(ring, perDegree))),
        ),
      },
    })),
  };
}

/** Where names stand that would lie on top of each other: a small region's name beside it, in the sea. */
const LABELS_AT: Record<string, [number, number]> = {
  경기: [127.35, 37.2],
  인천: [126.3, 37.5],
  충남: [126.72, 36.45],
  부산: [129.12, 35.12],
  울산: [129.28, 35.55],
  세종특별자치시: [127.2, 36.66],
  대전: [127.43, 36.3],
};

/**
 * Ulleungdo and Baengnyeongdo lie so far out that the rest would be a quarter smaller: they are drawn
 * three quarters of a degree nearer to the coast, as maps of Korea usually do.
 */
function nearer(rings: [number, number][][]): [number, number][][] {
  const [east = 0] = rings[0]?.[0] ?? [];
  const shift = east > 130.4 ? -0.75 : east < 125 ? 0.75 : 0;
  return shift === 0 ? rings : rings.map((ring) => ring.map(([x, y]) => [x + shift, y]));
}

function unpacked(ring: readonly number[], perDegree: number): [number, number][] {
  const points: [number, number][] = [];
  let [x, y] = [0, 0];
  for (let index = 0; index + 1 < ring.length; index += 2) {
    x += ring[index] ?? 0;
    y += ring[index + 1] ?? 0;
    points.push([x / perDegree, y / perDegree]);
  }
  const [first] = points;
  if (first !== undefined) points.push(first);
  return points;
}

/** Values of an area's regions, and where their names stand. */
export function middlesOf(area: Area): { value: string; at: [number, number] }[] {
  return shapesOf(area).features.map(({ properties: { name, cp } }) => ({ value: name, at: cp }));
}
