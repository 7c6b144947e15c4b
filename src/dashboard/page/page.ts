import type { DashboardView } from '../view.js';
import { copy, stepOf } from './copy.js';
import { element, elementById, visible } from './element.js';
import { dashboardFacts, syncFacts } from './facts.js';
import { familySection } from './family.js';
import type { Showing } from './listener.js';
import { showIn } from './patch.js';
import { findingLists, needsOf, verdictOf } from './verdict.js';

const REFRESH_MS = 5000;
/** Below this width, which is also in page.css, there is room for the most important columns only. */
const NARROW = matchMedia('(max-width: 48rem)');

/** The last view; null before the first one. */
let view: DashboardView | null = null;
/** Why there is no newer view; null if the last request succeeded. */
let problem: Problem | null = null;
/** Keys of what is open: details of listeners, parts of these, and long groups. */
const open = new Set<string>();

interface Problem {
  readonly what: string;
  /** What is added to the command that starts the dashboard, and what the command then does. */
  readonly option: string;
  readonly effect: string;
}

/** Refreshes the page now, and then periodically while it is visible. */
async function keepRefreshing(): Promise<never> {
  for (;;) {
    if (document.visibilityState === 'visible') await refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

/** Fetches the view and shows it. After an error the old view stays, and the verdict says that it is old. */
async function refresh(): Promise<void> {
  try {
    const response = await fetch('/api/view', { cache: 'no-store' });
    if (response.ok) {
      view = (await response.json()) as DashboardView;
      problem = null;
    } else
      problem = {
        what: `The dashboard cannot look: it answers with error ${response.status}`,
        option: ' --stop',
        effect: 'ends it; start it again without `--stop`',
      };
  } catch {
    problem = {
      what: 'The dashboard does not answer',
      option: '',
      effect: 'starts it again, and prints its address',
    };
  }
  show();
}

function show(): void {
  const verdict = elementById('verdict');
  document.title = titleOf(view);
  elementById('main').setAttribute('aria-busy', String(view === null && problem === null));
  if (problem) {
    verdict.className = 'problem';
    showIn(verdict, problemWords(problem));
  } else if (view) {
    verdict.className = needsOf(view) > 0 ? 'attention' : 'fine';
    showIn(verdict, verdictOf(view));
  }
  if (view) showView(view);
}

function showView(shown: DashboardView): void {
  const now = new Date(shown.generated_at);
  const showing: Showing = { now, open, isNarrow: NARROW.matches };
  const { sync, dashboards, project } = shown;
  elementById('project').textContent = visible(project);
  elementById('status').textContent = `As of ${now.toLocaleTimeString([], { hourCycle: 'h23' })}`;
  showIn(elementById('findings'), findingLists(shown));
  const title = 'Sync daemons';
  showIn(
    elementById('sync'),
    'error' in sync
      ? [
          element('h2', { id: 'sync-title' }, title),
          element('p', { class: 'quiet empty' }, 'Unknown, because auth doctor failed.'),
        ]
      : familySection(
          sync,
          { id: 'sync', title, rootHead: 'Root', facts: syncFacts(sync, shown.for_own_user, now) },
          showing,
        ),
  );
  const section = {
    ...{ id: 'dashboards', title: 'Dashboards', rootHead: 'Project' },
    facts: dashboardFacts(shown),
  };
  showIn(elementById('dashboards'), familySection(dashboards, section, showing));
}

/** Says how much needs the user, so that a tab in the background says it too. */
function titleOf(shown: DashboardView | null): string {
  const needs = shown ? needsOf(shown) : 0;
  const count = problem ? '(!) ' : needs > 0 ? `(${needs}) ` : '';
  const name = shown?.project.split('/').at(-1) ?? '';
  return `${count}Spec Kitty daemons${name === '' ? '' : ` – ${visible(name)}`}`;
}

function problemWords({ what, option, effect }: Problem): readonly HTMLElement[] {
  const step = view
    ? { command: `${view.start_command}${option}`, effect }
    : { command: null, effect: 'run `spec-kitty dashboard` in the folder of your project' };
  const old = view ? 'What is below is old. ' : '';
  return [
    element('h1', {}, what),
    element('p', {}, `${old}This page tries again every ${REFRESH_MS / 1000} seconds.`),
    stepOf(step, 'problem'),
  ];
}

/** Opens the details of a listener, or closes them. */
function toggle(key: string): void {
  if (!open.delete(key)) open.add(key);
  show();
}

document.addEventListener('click', ({ target, detail: clicks }) => {
  if (!(target instanceof Element)) return;
  const button = target.closest<HTMLElement>('[data-copies]');
  if (button) return void copy(button, show);
  const toggled = target.closest<HTMLElement>('[data-toggles]')?.dataset['toggles'];
  // A second click of a double click, and the end of a selection, are not meant to close what was opened.
  if (toggled !== undefined && clicks < 2 && (getSelection()?.isCollapsed ?? true)) toggle(toggled);
});

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest<HTMLElement>('a[href^="#"]') : null;
  if (!link) return;
  // The default action would neither open the details nor focus the listener.
  event.preventDefault();
  const key = link.getAttribute('href')?.slice(1) ?? '';
  open.add(key);
  open.add(link.dataset['group'] ?? '');
  show();
  document.getElementById(`${key}-toggle`)?.focus();
});

NARROW.addEventListener('change', show);
void keepRefreshing();
