declare module 'virtual:map-shapes' {
  /** One region, in steps of 1/perDegree degrees. */
  interface PackedRegion {
    value: string;
    perDegree: number;
    /** Where its name has most room. */
    at: [x: number, y: number];
    /** Outline and holes of each part: x and y of the first point, then the way to each next one. */
    polygons: number[][][];
  }
  const areas: { korea: PackedRegion[]; seoul: PackedRegion[] };
  export default areas;
}
