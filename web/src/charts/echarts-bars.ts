// ECharts with the parts of bar charts; Chart.svelte imports it when the first chart comes into view.
// echarts-lines.ts and echarts-map.ts add further parts: only pages that show such charts load them.
import { BarChart } from 'echarts/charts';
import { GridSimpleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, GridSimpleComponent, SVGRenderer]);

export { init };
