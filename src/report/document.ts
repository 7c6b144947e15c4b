/** The report and its forms, as one part: it is loaded while the examination waits for the kernel. */
export { buildReport } from './build-report.js';
export { formatOpenMetrics } from './formats/openmetrics.js';
export { styleFor } from './formats/style.js';
export { formatText } from './formats/text.js';
