// Lines and the labels at their ends, on top of the bars' parts.
import { LineChart } from 'echarts/charts';
import { use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';

use([LineChart, LabelLayout]);

export { init } from './echarts-bars';
