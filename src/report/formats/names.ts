/** The forms of a doctor report. */
export const REPORT_FORMATS = ['text', 'json', 'openmetrics'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
