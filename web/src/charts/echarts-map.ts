// Maps and their shapes, on top of the bars' parts.
import { MapChart } from 'echarts/charts';
import { registerMap, use } from 'echarts/core';
import { AREAS, shapesOf } from './map/shapes';

use([MapChart]);
for (const area of AREAS) registerMap(area, shapesOf(area));

export { init } from './echarts-bars';
