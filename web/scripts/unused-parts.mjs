// Parts of ECharts that it imports but these charts never reach: built without them, the first page is smaller by
// what `npm run build` reports. The list is of the version in package-lock.json: a build fails when a module of it
// is gone, and the browser tests draw every chart with what is left.
/** By the end of the module's path: what takes its place. */
const PARTS = {
  // No chart has the theme `dark`: colours come from tokens.css.
  'echarts/lib/theme/dark.js': 'export default {};',
  // Options of ECharts 2 to 4.
  'echarts/lib/preprocessor/backwardCompat.js': 'export default function () {}',
  // Axes are of categories and of values.
  'echarts/lib/scale/Time.js': 'export default class {}\nexport function calcNiceForTimeScale() {}',
  'echarts/lib/scale/Log.js': 'export default class {}',
  // Bars of polar coordinates.
  'echarts/lib/label/sectorLabel.js':
    'export function createSectorCalculateTextPosition() {}\nexport function setSectorTextRotation() {}',
  'zrender/lib/graphic/helper/roundSector.js': 'export function buildPath() {}',
  // Data transforms, and the mark of a chart that waits.
  'echarts/lib/data/helper/transform.js':
    'export class ExternalSource {}\nexport function registerExternalTransform() {}\nexport function applyDataTransform() {}',
  'echarts/lib/loading/default.js': 'export default function () {}',
  // Drawing on a canvas: all charts are SVG.
  'zrender/lib/canvas/graphic.js':
    'export function createCanvasPattern() {}\nexport function brushSingle() {}\nexport function brush() {}\nexport function brushLoopFinalize() {}',
  // Animation of pictures that a server renders.
  'zrender/lib/svg/cssAnimation.js':
    'export const EASING_MAP = {};\nexport const ANIMATE_STYLE_MAP = {};\nexport function createCSSAnimation() {}',
};

/** Vite plugin. */
export function withoutUnusedParts() {
  const found = new Set();
  return {
    name: 'without-unused-parts',
    apply: 'build',
    enforce: 'pre',
    load(id) {
      const [path = ''] = id.split('?');
      const part = Object.keys(PARTS).find((end) => path.endsWith(`/node_modules/${end}`));
      if (part === undefined) return null;
      found.add(part);
      return { code: PARTS[part], moduleSideEffects: false };
    },
    buildEnd(error) {
      const gone = Object.keys(PARTS).filter((part) => !found.has(part));
      if (error === undefined && gone.length > 0) {
        this.error(`scripts/unused-parts.mjs names what is not imported: ${gone.join(', ')}`);
      }
    },
  };
}
