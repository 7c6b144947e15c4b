import type { DashboardView } from '../view.js';
import { part, visible } from './element.js';
import { type FamilyView, showFamily } from './family.js';

const EVERY_MS = 5000;

/** Looks now, and again every few seconds while somebody can see the page. */
async function keepLooking(): Promise<never> {
  let shown = '';
  for (;;) {
    if (document.visibilityState === 'visible') shown = await lookOnce(shown);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** @returns what is shown now: nothing moves under the reader's eyes while nothing has changed */
async function lookOnce(shown: string): Promise<string> {
  const status = part('status');
  try {
    const response = await fetch('/api/view', { cache: 'no-store' });
    if (!response.ok) throw new Error(`the dashboard answered ${response.status}`);
    const view = (await response.json()) as DashboardView;
    const at = new Date(view.generated_at);
    const lasting = withoutTimes(view);
    if (lasting !== shown) show(view, at);
    say(status, `As of ${at.toLocaleTimeString()}`);
    return lasting;
  } catch {
    // What is shown may not be so any more.
    say(status, 'The dashboard does not answer. Run `npx spec-kitty dashboard` to start it again.');
    return '';
  }
}

/** A status that is said again and again would be read out again and again. */
function say(status: HTMLElement, words: string): void {
  const isOld = status.textContent.startsWith('As of') && words.startsWith('As of');
  status.setAttribute('aria-live', isOld ? 'off' : 'polite');
  status.textContent = words;
}

function show(view: DashboardView, at: Date): void {
  const focused = document.activeElement?.closest('details')?.id;
  part('project').textContent = visible(view.project);
  showFamily(part('sync'), syncView(view), at);
  showFamily(part('dashboards'), dashboardsView(view), at);
  if (focused !== undefined) document.getElementById(focused)?.querySelector('summary')?.focus();
}

function syncView({ sync }: DashboardView): FamilyView {
  const title = 'Sync daemons';
  if ('error' in sync) {
    const trouble = `${sync.error.message}. Next step: ${sync.error.next_step}`;
    return { title, ports: { first: 9400, end: 9450 }, trouble, findings: [], candidates: [] };
  }
  return { ...sync, title, trouble: sync.could_not_look };
}

function dashboardsView({ dashboards }: DashboardView): FamilyView {
  return { ...dashboards, title: 'Dashboards', trouble: dashboards.could_not_look };
}

/** Ages and CPU time grow while everything stays as it is. */
function withoutTimes(view: DashboardView): string {
  return JSON.stringify(view, (key, value: unknown) =>
    key === 'generated_at' || key === 'cpu_seconds' || key === 'resident_bytes' ? undefined : value,
  );
}

void keepLooking();
