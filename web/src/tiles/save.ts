// Files that the page makes itself, handed to the reader. Runs in a browser only.
import type { LegendMark, PictureStyle } from './exports';

export function save(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Draws an SVG document into a PNG, `scale` pixels to each of its own. */
export async function pngOf(svg: string, scale: number): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('this browser draws no pictures');
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => {
        if (blob === null) reject(new Error('the picture is too large for this browser'));
        else resolve(blob);
      }, 'image/png');
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The tokens that hold inside an element, as a picture needs them. */
export function styleOf(element: HTMLElement): PictureStyle {
  const probe = document.createElement('span');
  probe.hidden = true;
  // A picture has the page's colours, whatever this device puts in their place.
  probe.style.setProperty('forced-color-adjust', 'none');
  element.append(probe);
  const colour = (token: string) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  try {
    return {
      surface: colour('surface'),
      ink: colour('ink'),
      soft: colour('ink-soft'),
      line: colour('line-strong'),
      fontFamily: getComputedStyle(element).fontFamily,
    };
  } finally {
    probe.remove();
  }
}

/** The legend as it stands on the page: entries of charts/Legend.svelte, each once. */
export function legendOf(element: HTMLElement): LegendMark[] {
  const marks = new Map<string, LegendMark>();
  for (const swatch of element.querySelectorAll<HTMLElement>('li > .swatch')) {
    const label = swatch.parentElement?.textContent?.trim() ?? '';
    if (label === '' || marks.has(label)) continue;
    const { backgroundColor, borderTopColor, opacity } = getComputedStyle(swatch);
    const shape = SHAPES.find((name) => swatch.classList.contains(name));
    marks.set(label, {
      label,
      colour: shape === undefined || shape === 'tick' ? backgroundColor : borderTopColor,
      opacity: Number(opacity),
      ...(shape === undefined ? {} : { shape }),
    });
  }
  return [...marks.values()];
}

const SHAPES = ['tick', 'interval', 'hatch', 'dashed'] as const;
