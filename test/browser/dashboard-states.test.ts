import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import type { Browser, Page, Route } from 'playwright-core';
import type { DashboardView } from '../../src/dashboard/view.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { ALL_LOOKS, hasChromium, type Looks, openBrowser } from './browser.js';
import { ARTEFACTS, troubles, violations } from './looks.js';
import { type Scene, SCENES } from './scenes.js';

const OTHER_USER = 12345;

/** A state of the page, and what it then says. */
interface State {
  readonly name: string;
  /** Answers a request of the page for its data. */
  readonly answer: (route: Route, view: DashboardView) => Promise<void>;
  readonly verdict: string;
  readonly title: RegExp;
  readonly says: readonly string[];
  readonly saysNot: readonly string[];
}

const STATES: readonly State[] = [
  {
    name: 'before the first answer',
    answer: () => Promise.resolve(),
    verdict: 'Looking at the ports…',
    title: /^Spec Kitty daemons$/,
    says: ['This takes about a second.'],
    saysNot: ['Nothing needs you', 'free'],
  },
  {
    name: 'a dashboard that has gone before the first answer',
    answer: (route) => route.abort(),
    verdict: 'The dashboard does not answer',
    title: /^\(!\) Spec Kitty daemons$/,
    says: ['Run spec-kitty dashboard in the folder of your project', 'tries again every 5 seconds'],
    saysNot: ['What is below is old'],
  },
  {
    name: 'a dashboard with an error',
    answer: (route) => route.fulfill({ status: 500, json: { error: 'internal' } }),
    verdict: 'The dashboard cannot look: it answers with error 500',
    title: /^\(!\)/,
    says: ['tries again every 5 seconds'],
    saysNot: ['Nothing needs you'],
  },
  {
    name: 'auth doctor has failed',
    answer: (route, view) => {
      const error = { message: 'auth doctor failed', next_step: 'spec-kitty auth doctor' };
      return route.fulfill({ json: { ...view, sync: { schema_version: 1, error } } });
    },
    verdict: '1 thing needs you',
    title: /^\(1\)/,
    says: ['the sync daemons are unknown: auth doctor failed', 'Unknown, because auth doctor failed.'],
    saysNot: ['No sync daemon of this root is recorded'],
  },
  {
    name: 'a failed scan',
    answer: (route, view) => {
      const why = 'could not look for listeners: /proc is not mounted';
      const finding = { id: 'could_not_look', severity: 'attention', summary: why, remediation: null };
      const failed = { could_not_look: 'x', candidates: [], findings: [finding] };
      const sync = { ...view.sync, ...failed };
      return route.fulfill({ json: { ...view, sync, dashboards: { ...view.dashboards, ...failed } } });
    },
    // The same finding of both families is one.
    verdict: '1 thing needs you',
    title: /^\(1\)/,
    says: [
      '9400 to 9449: unknown, because the scan failed.',
      '9237 to 9336: unknown, because the scan failed.',
    ],
    saysNot: ['Nothing listens', 'free'],
  },
];

describeIf([hasNetworkNamespace, hasPython, isRoot, hasChromium], 'the states of the dashboard page', () => {
  let scene: Scene;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(ARTEFACTS, { recursive: true });
    scene = await SCENES['nothing on the ports']();
    browser = await openBrowser(scene.world);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  const viewOf = async (uid?: number): Promise<DashboardView> => {
    const { body } = await scene.world.ask(9237, { path: '/api/view', seconds: 20, uid });
    return JSON.parse(body) as DashboardView;
  };
  /** Opens the page with another answer to its request for data. */
  const openWith = async (answer: State['answer'], { scheme, width = 1280 }: Looks): Promise<Page> => {
    const view = await viewOf();
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
    await page.route('**/api/view', (route) => answer(route, view));
    await page.goto(scene.url);
    return page;
  };

  describe.each(STATES)('$name', ({ name, answer, verdict, title, says, saysNot }) => {
    test.each(ALL_LOOKS)('is said at $width pixels, $scheme', async ({ scheme, width }) => {
      const page = await openWith(answer, { scheme, width });
      await page.getByRole('heading', { level: 1, name: verdict }).waitFor();
      expect(await page.title()).toMatch(title);
      const text = await page.locator('body').innerText();
      const seen = text.toLowerCase();
      for (const words of says) expect(seen).toContain(words.toLowerCase());
      for (const words of saysNot) expect(seen).not.toContain(words.toLowerCase());
      const file = `${ARTEFACTS}/dashboard-state-${name.replaceAll(' ', '-')}-${width}-${scheme}.png`;
      await page.screenshot({ path: file, fullPage: true });
      expect(await troubles(page)).toEqual([]);
      expect(await violations(page)).toEqual([]);
      await page.close();
    });
  });

  test('shows the queue, the last upload and programs to its own user only', async () => {
    const own = await viewOf();
    expect(own).toMatchObject({ for_own_user: true, sync: { uploads: { pending: 0, last_drain: null } } });
    const others = await viewOf(OTHER_USER);
    expect(others).toMatchObject({ for_own_user: false, sync: { uploads: null, recent: [] } });
    const page = await openWith((route) => route.fulfill({ json: others }), { scheme: 'light' });
    await page.getByText('shown to the user of this dashboard only').waitFor();
    expect(await page.getByText('Waiting for upload').count()).toBe(0);
    await page.close();
  });

  test('recovers when the dashboard answers again, with what was open still open', async () => {
    let isGone = false;
    const page = await openWith((route, view) => (isGone ? route.abort() : route.fulfill({ json: view })), {
      scheme: 'light',
    });
    await page.locator('tr.listener').first().click();
    await page.locator('tr.details').waitFor();
    isGone = true;
    await page.getByRole('heading', { level: 1, name: 'The dashboard does not answer' }).waitFor();
    expect(await page.locator('tr.details').count()).toBe(1);
    isGone = false;
    await page.getByRole('heading', { level: 1, name: 'Nothing needs you' }).waitFor();
    expect(await page.locator('tr.details').count()).toBe(1);
    await page.close();
  }, 60_000);

  test.each([
    ['no-preference', 'breathe'],
    ['reduce', 'none'],
  ] as const)('moves nothing if the user wants less motion: %s', async (reducedMotion, animation) => {
    const page = await browser.newPage({ reducedMotion });
    await page.route('**/api/view', () => Promise.resolve());
    await page.goto(scene.url);
    const moves = "getComputedStyle(document.querySelector('#verdict')).animationName";
    expect(await page.evaluate(moves)).toBe(animation);
    await page.close();
  });
});
