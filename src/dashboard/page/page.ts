import type { DashboardView } from '../view.js';
import { elementById, visible } from './element.js';
import { type FamilyView, showFamily } from './family.js';

const REFRESH_MS = 5000;

/** Refreshes the page now, and then periodically while it is visible. */
async function keepRefreshing(): Promise<never> {
  let shown = '';
  for (;;) {
    if (document.visibilityState === 'visible') shown = await refresh(shown);
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

/**
 * Fetches the view, and renders it if it differs from what is shown, so that an unchanged page does not move.
 * @param shown what the previous call returned
 * @returns the shown view without times, or an empty string after an error
 */
async function refresh(shown: string): Promise<string> {
  const status = elementById('status');
  try {
    const response = await fetch('/api/view', { cache: 'no-store' });
    if (!response.ok) throw new Error(`the dashboard answered ${response.status}`);
    const view = (await response.json()) as DashboardView;
    const at = new Date(view.generated_at);
    startAgain = ` To start it again: ${visible(view.start_command)}`;
    const current = withoutTimes(view);
    if (current !== shown) show(view, at);
    setStatus(status, `As of ${at.toLocaleTimeString()}`);
    return current;
  } catch {
    // The old view stays visible; the status says that it may be outdated.
    setStatus(status, `The dashboard does not answer.${startAgain}`);
    return '';
  }
}

/** How to start the dashboard again, from the last view. */
let startAgain = '';

/**
 * Sets the text of the status line. If only its time changes, announcements are turned off, because a screen reader
 * would read every new time aloud.
 */
function setStatus(status: HTMLElement, text: string): void {
  const isRepeated = status.textContent.startsWith('As of') && text.startsWith('As of');
  status.setAttribute('aria-live', isRepeated ? 'off' : 'polite');
  status.textContent = text;
}

function show(view: DashboardView, at: Date): void {
  const focused = document.activeElement?.closest('details')?.id;
  elementById('project').textContent = visible(view.project);
  showFamily(elementById('sync'), syncView(view), at);
  showFamily(elementById('dashboards'), dashboardsView(view), at);
  if (focused !== undefined) document.getElementById(focused)?.querySelector('summary')?.focus();
}

function syncView({ sync }: DashboardView): FamilyView {
  const title = 'Sync daemons';
  if ('error' in sync) {
    const error = `${sync.error.message}. Next step: ${sync.error.next_step}`;
    return { title, ports: { first: 9400, end: 9450 }, error, findings: [], candidates: [] };
  }
  return { ...sync, title, error: sync.could_not_look };
}

function dashboardsView({ dashboards }: DashboardView): FamilyView {
  return { ...dashboards, title: 'Dashboards', error: dashboards.could_not_look };
}

/** Serializes a view without the values that change all the time: time, CPU time and memory. */
function withoutTimes(view: DashboardView): string {
  return JSON.stringify(view, (key, value: unknown) =>
    key === 'generated_at' || key === 'cpu_seconds' || key === 'resident_bytes' ? undefined : value,
  );
}

void keepRefreshing();
