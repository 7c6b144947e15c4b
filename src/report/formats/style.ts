import pico from 'picocolors';

/** The few styles that text output uses. */
export type Style = Pick<ReturnType<typeof pico.createColors>, 'bold' | 'dim' | 'red' | 'yellow' | 'green'>;

/** @param colour false for a non-terminal, or where `NO_COLOR` is set */
export function styleFor(colour: boolean): Style {
  return pico.createColors(colour);
}
