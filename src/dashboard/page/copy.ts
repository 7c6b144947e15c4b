import type { Remediation } from '../../report/report.js';
import { type Child, code, element, elementById, sentence } from './element.js';

/**
 * Shows the one step that helps: its command with a button that copies it, and what it does. Without a command, the step
 * is words.
 * @param id of this step in the page, the same in every view
 */
export function stepOf({ command, effect }: Remediation, id: string): HTMLElement {
  const words = element('p', { class: 'effect' }, ...sentence(effect));
  if (command === null) return element('div', { class: 'remedy' }, words);
  return element(
    'div',
    { class: 'remedy' },
    element(
      'div',
      { class: 'command' },
      code(command, { id: `${id}-command` }),
      element(
        'button',
        { type: 'button', id: `${id}-copy`, class: 'copy', 'data-copies': command },
        ...labelOf(`${id}-copy`),
      ),
    ),
    words,
  );
}

/** The button that was pressed last, and what it says until it is ready again. */
let pressed: { readonly id: string; readonly says: string } | null = null;

function labelOf(id: string): readonly Child[] {
  const isPressed = pressed?.id === id;
  return [isPressed ? (pressed?.says ?? '') : 'Copy', element('span', { class: 'unseen' }, ' the command')];
}

const SAYS_FOR_MS = 4000;

/**
 * Copies the command of a button, and says so on the button and to a screen reader.
 * @param redraw called when what the button says changes
 */
export async function copy(button: HTMLElement, redraw: () => void): Promise<void> {
  const command = button.dataset['copies'] ?? '';
  const shown = document.getElementById(button.id.replace(/-copy$/, '-command'));
  const isCopied = (await copiedByClipboard(command)) || (shown !== null && copiedBySelection(shown));
  const now = { id: button.id, says: isCopied ? 'Copied' : 'Selected' };
  pressed = now;
  elementById('said').textContent = isCopied
    ? 'Copied. Paste it in a terminal.'
    : 'The command is selected, but could not be copied. Press Ctrl+C, or Command+C on a Mac.';
  redraw();
  setTimeout(() => {
    if (pressed !== now) return;
    pressed = null;
    elementById('said').textContent = '';
    redraw();
  }, SAYS_FOR_MS);
}

/** A browser may have no clipboard for pages, or may not permit it. */
async function copiedByClipboard(text: string): Promise<boolean> {
  const { clipboard } = navigator as { readonly clipboard?: Clipboard };
  try {
    await clipboard?.writeText(text);
    return clipboard !== undefined;
  } catch {
    return false;
  }
}

/** Selects the command as it is shown, so that it is ready for Ctrl+C, and tries to copy it. */
function copiedBySelection(shown: HTMLElement): boolean {
  getSelection()?.selectAllChildren(shown);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way to copy where there is no Clipboard API
  return document.execCommand('copy');
}
