// A drawn chart as a file: the SVG on the colour of the page's surface, and the same as a bitmap, with
// the fonts this machine has.
import type { EChartsType } from 'echarts/core';
import type { ChartHandle } from '../tiles/shared';
import type { ChartOption } from './option';

/**
 * `fresh` makes an empty chart of the same size as `chart`, for what `drawn` returns. The one on the page
 * may be in the middle of a movement, or show what is pointed at.
 */
export function pictureOf(
  chart: EChartsType,
  fresh: () => EChartsType,
  drawn: () => ChartOption,
  surface: () => string,
): ChartHandle {
  const svg = () => {
    const still = fresh();
    try {
      still.setOption({ ...drawn(), animation: false });
      return onSurface(still.renderToSVGString(), surface());
    } finally {
      still.dispose();
    }
  };
  return {
    svg,
    png: (scale) => bitmap(svg(), chart.getWidth(), chart.getHeight(), scale),
  };
}

/** Puts a ground of one colour below everything of an SVG document. */
export function onSurface(svg: string, colour: string): string {
  return svg.replace(
    /^<svg[^>]*>/,
    (open) => `${open}<rect width="100%" height="100%" fill="${colour}"/>`,
  );
}

async function bitmap(svg: string, width: number, height: number, scale: number): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('the browser gives no canvas to draw on');
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => {
        if (blob === null) reject(new Error('the browser could not make a picture of this size'));
        else resolve(blob);
      }, 'image/png');
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
