import type pico from 'picocolors';

/** The few styles that text output uses. */
export type Style = Pick<ReturnType<typeof pico.createColors>, 'bold' | 'dim' | 'red' | 'yellow' | 'green'>;

/** No colours: for files, pipes and pages. */
export const PLAIN: Style = { bold: String, dim: String, red: String, yellow: String, green: String };

/**
 * The package is loaded only for colours: as it loads, it asks whether stdout is a terminal, and that makes the stream.
 * @param colour false for a non-terminal, or where `NO_COLOR` is set
 */
export async function styleFor(colour: boolean): Promise<Style> {
  return colour ? (await import('picocolors')).default.createColors(true) : PLAIN;
}
