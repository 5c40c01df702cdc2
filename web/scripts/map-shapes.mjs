// The shapes of the maps, made while building: outlines of provinces and of Seoul's districts from the
// package @tenqube/react-korea-bubble-map, simplified to what a screen shows. Borders stay shared: each
// stretch between two corners is simplified once. The page imports them as `virtual:map-shapes`.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const SOURCE = '@tenqube/react-korea-bubble-map';
const MODULE = 'virtual:map-shapes';

/** The value of the dimension `province` for each name in the source. */
const PROVINCES = {
  서울특별시: '서울',
  부산광역시: '부산',
  대구광역시: '대구',
  인천광역시: '인천',
  광주광역시: '광주',
  대전광역시: '대전',
  울산광역시: '울산',
  세종특별자치시: '세종특별자치시',
  경기도: '경기',
  강원특별자치도: '강원',
  충청북도: '충북',
  충청남도: '충남',
  전북특별자치도: '전북',
  전라남도: '전남',
  경상북도: '경북',
  경상남도: '경남',
  제주특별자치도: '제주',
};

/** Holes are other regions: what is smaller than so many of the smallest islands is a slip of the source. */
const HOLE = 20;

/** Seoul's districts, by the start of their codes. */
const SEOUL = '11';

/** Vite plugin. */
export function mapShapes() {
  const id = `\0${MODULE}`;
  return {
    name: 'map-shapes',
    resolveId: (name) => (name === MODULE ? id : undefined),
    load: (name) => (name === id ? `export default ${JSON.stringify(shapes())}` : undefined),
  };
}

function shapes() {
  return {
    korea: area(
      regions('sido', ({ KOR_NM }) => PROVINCES[KOR_NM]),
      {
        perDegree: 400,
        corner: 0.00006,
        island: 0.0006,
      },
    ),
    seoul: area(
      regions('sigungu', ({ CODE, KOR_NM }) =>
        CODE.startsWith(SEOUL) ? `서울 ${KOR_NM}` : undefined,
      ),
      { perDegree: 4000, corner: 0.0000012, island: 0.00001 },
    ),
  };
}

/** Polygons by the value they stand for; a polygon is its outline and its holes, in steps of the source. */
function regions(level, valueOf) {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve(SOURCE));
  const file = readdirSync(folder).find((name) => name.startsWith(`${level}-`));
  if (file === undefined) throw new Error(`${SOURCE} has no shapes of \`${level}\``);
  const topology = require(join(folder, file));
  const arcs = topology.arcs.map((arc) => {
    let [x, y] = [0, 0];
    return arc.map(([dx, dy]) => [(x += dx), (y += dy)]);
  });
  const line = (index) => (index < 0 ? [...arcs[~index]].reverse() : arcs[index]);
  const ring = (indexes) => clean(indexes.flatMap(line));
  const [scale, shift] = [topology.transform.scale, topology.transform.translate];
  const found = [];
  for (const { type, arcs: parts, properties } of topology.objects[level].geometries) {
    const value = valueOf(properties);
    if (value === undefined) continue;
    const polygons = (type === 'Polygon' ? [parts] : parts).map((rings) => rings.map(ring));
    found.push({ value, polygons });
  }
  return { found, scale, shift };
}

/** Without points that repeat the one before. */
function clean(points) {
  const kept = points.filter(
    ([x, y], index) => index === 0 || x !== points[index - 1][0] || y !== points[index - 1][1],
  );
  const [first, last] = [kept[0], kept.at(-1)];
  if (kept.length > 1 && first[0] === last[0] && first[1] === last[1]) kept.pop();
  return kept;
}

/**
 * `perDegree`: steps of the coordinates; `corner`: a point stays when the triangle it makes with its
 * neighbours is at least so large; `island`: so are the outlines. Both in square degrees.
 */
function area({ found, scale, shift }, { perDegree, corner, island }) {
  const unit = scale[0] * scale[1];
  const corners = junctions(found.flatMap(({ polygons }) => polygons.flat()));
  const stretches = new Map();
  const simple = (points, closed) => {
    const [from, to] = [String(points[0]), String(points.at(-1))];
    const backwards =
      !closed && (from > to || (from === to && String(points[1]) > String(points.at(-2))));
    const forward = backwards ? [...points].reverse() : points;
    const key = `${forward[0]} ${forward[1]} ${forward.at(-1)} ${forward.length}`;
    if (!stretches.has(key)) stretches.set(key, simplified(forward, corner / unit));
    const result = stretches.get(key);
    return backwards ? [...result].reverse() : result;
  };
  const inSteps = (points) =>
    clean(
      outline(points, corners, simple).map(([x, y]) => [
        Math.round((x * scale[0] + shift[0]) * perDegree),
        Math.round((y * scale[1] + shift[1]) * perDegree),
      ]),
    );
  return found.map(({ value, polygons }) => {
    const largest = Math.max(...polygons.map(([around]) => size(around)));
    const kept = polygons
      .filter(([around]) => {
        const own = size(around);
        return own === largest || own >= island / unit || isFarEast(around, scale, shift);
      })
      .map(([around, ...holes]) => [
        around,
        ...holes.filter((hole) => size(hole) >= HOLE * (island / unit)),
      ])
      .map((rings) => rings.map(inSteps).filter((points) => points.length > 2))
      .filter((rings) => rings.length > 0);
    const main = kept.reduce((a, b) => (size(b[0]) > size(a[0]) ? b : a));
    return { value, perDegree, at: inside(main), polygons: kept.map((rings) => rings.map(deltas)) };
  });
}

/** Ulleungdo and Dokdo: small, and never left out. */
function isFarEast(points, scale, shift) {
  return points[0][0] * scale[0] + shift[0] > 130.5;
}

/** Points where other than two stretches of border meet. */
function junctions(rings) {
  const neighbours = new Map();
  for (const ring of rings) {
    for (const [index, point] of ring.entries()) {
      const key = String(point);
      const set = neighbours.get(key) ?? new Set();
      neighbours.set(key, set);
      set.add(String(ring[(index + 1) % ring.length]));
      set.add(String(ring[(index + ring.length - 1) % ring.length]));
    }
  }
  return new Set([...neighbours].filter(([, set]) => set.size !== 2).map(([key]) => key));
}

function outline(points, corners, simple) {
  const start = points.findIndex((point) => corners.has(String(point)));
  if (start < 0) {
    // An island: two stretches between its most western and its most eastern point.
    const west = extreme(points, (a, b) => a[0] < b[0]);
    const turned = [...points.slice(west), ...points.slice(0, west)];
    const east = extreme(turned, (a, b) => a[0] > b[0]);
    if (east === 0) return points;
    const [there, back] = [turned.slice(0, east + 1), [...turned.slice(east), turned[0]]];
    return [...simple(there, true).slice(0, -1), ...simple(back, true).slice(0, -1)];
  }
  const turned = [...points.slice(start), ...points.slice(0, start), points[start]];
  const result = [];
  let stretch = [turned[0]];
  for (const point of turned.slice(1)) {
    stretch.push(point);
    if (!corners.has(String(point))) continue;
    result.push(...simple(stretch, false).slice(0, -1));
    stretch = [point];
  }
  return result;
}

function extreme(points, better) {
  return points.reduce((best, point, index) => (better(point, points[best]) ? index : best), 0);
}

/** Visvalingam: the point that matters least goes first; both ends stay. */
function simplified(points, least) {
  const kept = [...points];
  while (kept.length > 2) {
    let smallest = Infinity;
    let at = -1;
    for (let index = 1; index < kept.length - 1; index++) {
      const area = triangle(kept[index - 1], kept[index], kept[index + 1]);
      if (area < smallest) [smallest, at] = [area, index];
    }
    if (smallest >= least) break;
    kept.splice(at, 1);
  }
  return kept;
}

function triangle(a, b, c) {
  return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2;
}

function size(points) {
  let twice = 0;
  for (const [index, [x, y]] of points.entries()) {
    const [nextX, nextY] = points[(index + 1) % points.length];
    twice += x * nextY - nextX * y;
  }
  return Math.abs(twice) / 2;
}

/** The point of a polygon that is furthest from its borders: there a name has most room. */
function inside(rings) {
  const [xs, ys] = [rings[0].map(([x]) => x), rings[0].map(([, y]) => y)];
  const [west, east, south, north] = [
    Math.min(...xs),
    Math.max(...xs),
    Math.min(...ys),
    Math.max(...ys),
  ];
  const STEPS = 48;
  let best = { room: -Infinity, at: rings[0][0] };
  for (let column = 1; column < STEPS; column++) {
    for (let row = 1; row < STEPS; row++) {
      const at = [west + ((east - west) * column) / STEPS, south + ((north - south) * row) / STEPS];
      const room = roomAt(at, rings);
      if (room > best.room) best = { room, at };
    }
  }
  return best.at.map(Math.round);
}

/** Distance to the nearest border, where names are wider than high; below zero outside. */
function roomAt([x, y], rings) {
  let within = false;
  let nearest = Infinity;
  for (const ring of rings) {
    for (const [index, [ax, ay]] of ring.entries()) {
      const [bx, by] = ring[(index + 1) % ring.length];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
      const [dx, dy] = [bx - ax, by - ay];
      const along = Math.max(
        0,
        Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)),
      );
      nearest = Math.min(nearest, Math.hypot((ax + along * dx - x) / 1.6, ay + along * dy - y));
    }
  }
  return within ? nearest : -nearest;
}

/** x, y of the first point, then steps: small numbers compress well. */
function deltas(points) {
  let [lastX, lastY] = [0, 0];
  return points.flatMap(([x, y]) => {
    const step = [x - lastX, y - lastY];
    [lastX, lastY] = [x, y];
    return step;
  });
}
