// The only module that loads ECharts, part by part; Chart.svelte imports it when the first chart
// comes into view. A new kind of chart registers its parts here.
import { BarChart } from 'echarts/charts';
import { GridSimpleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, GridSimpleComponent, SVGRenderer]);

export { init };
