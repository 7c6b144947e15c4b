/** In which forms policy commands give their results. Apart from the formats, so that a command line can list them. */
export const FORMATS = ['text', 'json', 'markdown', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];
