import { counted } from '../../text/layout.js';
import { liveDaemonWords } from '../../report/summary.js';
import { lastDrainWords } from '../../report/words.js';
import { formatMoment } from '../../text/terminal.js';
import type { DashboardView, SyncInView, UploadsInView } from '../view.js';
import { type Child, code, element } from './element.js';

type Facts = readonly (readonly [string, Child])[];

/** The facts about the runtime root: which daemon is live there, what waits for upload, and how the last one ended. */
export function syncFacts(sync: SyncInView, isOwnUser: boolean, now: Date): Facts {
  return [
    ['Runtime root', code(sync.root)],
    ['Live daemon', liveDaemonWords(sync.daemon)],
    ...(isOwnUser ? uploadFacts(sync.uploads, now) : [['Queue and uploads', ONLY_FOR_OWNER] as const]),
  ];
}

const ONLY_FOR_OWNER =
  'shown to the user of this dashboard only, as are the last actions and the names of other programs';

/** The facts about the project that this dashboard belongs to. */
export function dashboardFacts({ project }: DashboardView): Facts {
  return [
    ['Project', code(project)],
    ['This page', code(location.origin)],
  ];
}

function uploadFacts(uploads: UploadsInView | null, now: Date): Facts {
  if (uploads === null) return [['Queue and uploads', 'unknown: sync status failed']];
  const { last_drain: last } = uploads;
  return [
    ['Waiting for upload', waitingWords(uploads, now)],
    [
      'Last upload',
      last === null
        ? 'none yet'
        : element(
            'span',
            {},
            `${formatMoment(last.at, now)}: ${lastDrainWords(last)}`,
            last.detail === null ? null : element('span', { class: 'quiet' }, ` (${last.detail})`),
          ),
    ],
  ];
}

function waitingWords(
  { path, pending, oldest_at: oldest, set_aside: aside, unreadable }: UploadsInView,
  now: Date,
): string {
  if (path === null) return 'unknown: it is not known whose events to upload';
  if (unreadable !== null) return `cannot be read: ${unreadable}`;
  const setAside = aside ? aside.too_large + aside.malformed + aside.other_team : 0;
  const parts = [
    counted(pending ?? 0, 'event'),
    ...(oldest === null ? [] : [`the oldest from ${formatMoment(oldest, now)}`]),
    ...(setAside > 0 ? [`${setAside} of them set aside`] : []),
  ];
  return parts.join(', ');
}
