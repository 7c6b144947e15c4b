import type { Machine, Observer } from '../machine/machine.js';

/** Whether a page was opened in the user's browser. */
export interface OpenedPage {
  readonly opened: boolean;
  /** Why it was not; null if it was. */
  readonly why: string | null;
}

/** How long a program that opens a page may take to fail. A browser that was not running stays, and counts as opened. */
const PATIENCE_MS = 3000;

/**
 * Opens a page in the browser of the user who runs this command: the browsers that BROWSER names, in their order, then
 * what the system opens addresses with. Nothing is started as another user than the one whose session this is.
 */
export async function openPage({ observer, actor }: Machine, url: string): Promise<OpenedPage> {
  const user = otherSessionUser(observer);
  if (user !== null)
    return {
      opened: false,
      why: `the browser belongs to user ${user}, who ran this command as another user`,
    };
  const commands = browserCommands(observer, url);
  let why =
    'there is no graphical session (neither DISPLAY nor WAYLAND_DISPLAY is set), and BROWSER is not set';
  for (const command of commands) {
    const failure = await actor.programs.startInSession(command, PATIENCE_MS);
    if (failure === null) return { opened: true, why: null };
    why = failure;
  }
  return { opened: false, why };
}

/**
 * Returns the user whose session this is, if the command runs as another one: by sudo, pkexec or doas, or as a
 * set-user-ID program. A browser must neither run as the superuser, nor be started for its user by another one. Null if
 * it is the same user.
 */
function otherSessionUser({ self: { uid, realUid, userName, environment } }: Observer): string | null {
  if (realUid !== uid) return String(realUid);
  const id = [environment['SUDO_UID'], environment['PKEXEC_UID']].find((each) => each !== undefined);
  if (id !== undefined && id !== String(uid)) return id;
  const name = environment['DOAS_USER'];
  return name !== undefined && name !== userName ? name : null;
}

function browserCommands(
  { self: { environment }, platform }: Observer,
  url: string,
): readonly (readonly string[])[] {
  const { browserOpener: opener } = platform;
  const named = (environment['BROWSER'] ?? '')
    .split(':')
    .map((text) => text.split(' ').filter((word) => word !== ''));
  const hasScreen =
    opener === 'open' || ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (environment[name] ?? '') !== '');
  return [
    ...named.filter((words) => words.length > 0).map((words) => withUrl(words, url)),
    // Without a screen, xdg-open would start a browser for the terminal.
    ...(opener !== null && hasScreen ? [[opener, url]] : []),
  ];
}

/** Puts an address into a command of BROWSER: in place of each `%s`, else as the last word. `%%` is a percent sign. */
function withUrl(words: readonly string[], url: string): readonly string[] {
  const filled = words.map((word) => word.replace(/%[s%]/g, (mark) => (mark === '%s' ? url : '%')));
  return words.some((word) => word.replaceAll('%%', '').includes('%s')) ? filled : [...filled, url];
}
