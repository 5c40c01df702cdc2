// A drawn chart as a file: the SVG on the colour of the page's surface.
import type { EChartsType } from 'echarts/core';
import type { ChartHandle } from '../tiles/shared';
import type { ChartOption } from './option';

/**
 * `fresh` makes an empty chart of the same size as the one on the page, for what `drawn` returns. The one on
 * the page may be in the middle of a movement, or show what is pointed at.
 */
export function pictureOf(
  fresh: () => EChartsType,
  drawn: () => ChartOption,
  surface: () => string,
): ChartHandle {
  return {
    svg: () => {
      const still = fresh();
      try {
        still.setOption({ ...drawn(), animation: false });
        return onSurface(still.renderToSVGString(), surface());
      } finally {
        still.dispose();
      }
    },
  };
}

/** Puts a ground of one colour below everything of an SVG document. */
export function onSurface(svg: string, colour: string): string {
  return svg.replace(
    /^<svg[^>]*>/,
    (open) => `${open}<rect width="100%" height="100%" fill="${colour}"/>`,
  );
}
