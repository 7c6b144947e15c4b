import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import type { DashboardView } from '../../src/dashboard/view.js';
import { hasChromium, openBrowser, openPage } from './browser.js';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import type { Daemon } from '../support/daemons.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

const HOSTILE = '<img src=x onerror="window.pwned=1">\u202e\u0007';

describeIf(
  [hasNetworkNamespace, hasPython, isRoot, hasChromium],
  'the page of the dashboard, in a real browser',
  () => {
    let world: World;
    let browser: Browser;
    let url: string;
    let orphan: Daemon;
    beforeAll(async () => {
      world = await createWorld();
      const live = await world.startDaemon({ port: 9400, version: '3.2.5' });
      world.recordSingleton(live);
      orphan = await world.startDaemon({ port: 9401, version: '3.2.2' });
      await world.startDaemon({ port: 9402, version: '3.1.4' });
      await world.startDaemon({ port: 9403, version: '3.2.3', healthPatch: { package_version: HOSTILE } });
      await world.startPlainHttp(9404);
      await world.startDashboard({ port: 9300 });
      const dashboard = readyDashboard(
        await dashboardUp(world, { env: { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' } }),
      );
      ({ url } = dashboard);
      browser = await openBrowser(world);
    }, 60_000);
    afterAll(async () => {
      await browser.close();
      await world.close();
    });

    test('says first how much needs the user, on the page and in the title of its tab', async () => {
      const { page } = await openPage(browser, url, { scheme: 'light' });
      await expect(page.locator('h1').innerText()).resolves.toBe('2 things need you');
      await expect(page.locator('#verdict p').innerText()).resolves.toBe(
        'Sync daemons: 2 orphans, 1 daemon to decide about. The live daemon answers on port 9400.',
      );
      await expect(page.title()).resolves.toBe('(2) Spec Kitty daemons – project');
      await page.close();
    });

    test('shows both families: port map, listeners in groups under heads, and findings', async () => {
      const { page, errors, requested } = await openPage(browser, url, { scheme: 'light' });
      expect(
        await page.locator('#sync .map a').evaluateAll((links) => links.map((a) => a.textContent)),
      ).toEqual(['9400, live daemon', '9401, orphan', '9402, needs you', '9403, orphan', '9404, not ours']);
      const rows = async (section: string): Promise<readonly string[]> =>
        (await page.locator(`${section} .listeners tr`).allInnerTexts()).map((text) =>
          text
            .replaceAll(/\s+/g, ' ')
            .replaceAll(/\b\d+ (?:MB|s|min)\b/g, 'N')
            .replaceAll(/ \d{3,}(?= [a-z])/g, ' PID'),
        );
      expect(await rows('#sync')).toEqual([
        'Port What Version Memory Age PID Class Root',
        'Orphans 2 · ports 9401, 9403 · N',
        '9401 orphan, no longer in use 3.2.2 N N PID safe to retire this one',
        expect.stringMatching(
          /^9403 orphan, no longer in use <img src=x onerror=… N N PID safe to retire this one$/,
        ),
        'Needs you 1 · port 9402 · N',
        '9402 release 3.1.x or older, names no root 3.1.4 N N PID you decide -',
        'Live daemons 1 · port 9400 · N',
        '9400 live daemon 3.2.5 N N PID leave alone this one',
        'Not ours 1 · port 9404 · N',
        expect.stringMatching(/^9404 python\S* plain_http\.py, another program - N N PID leave alone -$/),
      ]);
      expect(await rows('#dashboards')).toEqual([
        'Port What Version Memory Age PID Class Project',
        'Live daemons 1 · port 9237 · N',
        expect.stringMatching(/^9237 live daemon \S+ N N PID leave alone this one$/),
        'Not ours 1 · port 9300 · N',
        expect.stringMatching(/^9300 dashboard of another project - N N PID leave alone \/\S+$/),
      ]);
      await expect(page.locator('.findings').first().innerText()).resolves.toContain(
        `${INVOCATION} auth doctor --reset`,
      );
      expect(errors).toEqual([]);
      expect(requested.every((address) => address.startsWith(url))).toBe(true);
      await page.close();
    });

    test('shows command, costs, evidence and rules of a listener on click', async () => {
      const { page, errors } = await openPage(browser, url, { scheme: 'dark' });
      await page.locator('tr.listener', { hasText: '9402' }).click();
      const open = page.locator('tr.details');
      await expect(open.locator('.remedy code').innerText()).resolves.toMatch(
        /^\/\S+ auth doctor --reset pid:\d+@\d+$/,
      );
      for (const part of ['Evidence', 'Rules, first match wins']) await open.getByText(part).first().click();
      const words = await open.innerText();
      for (const said of [
        'Memory',
        'CPU used',
        'self_report',
        'its release had no root marker',
        'Rules, first match wins',
      ])
        expect(words).toContain(said);
      await expect(open.locator('tr.chosen').innerText()).resolves.toContain('pre-marker');
      expect(errors).toEqual([]);
      await page.locator('tr.listener', { hasText: '9402' }).click();
      await open.waitFor({ state: 'detached' });
      await page.close();
    });

    test('shows text of other processes as text, with visible control characters', async () => {
      const { page } = await openPage(browser, url, { scheme: 'light' });
      await page.locator('tr.listener', { hasText: '9403' }).click();
      const shown = await page.locator('tr.details').innerText();
      expect(shown).toContain('<img src=x onerror="window.pwned=1">\\u{202e}\\u{7}');
      expect(await page.evaluate('[document.images.length, typeof window.pwned]')).toEqual([0, 'undefined']);
      await page.close();
    });

    /** Presses Tab until an element is focused whose id begins with these characters. */
    const tabTo = async (page: Page, start: string): Promise<void> => {
      for (let presses = 0; presses < 30; presses++) {
        await page.keyboard.press('Tab');
        if (await page.evaluate((from) => document.activeElement?.id.startsWith(from) ?? false, start))
          return;
      }
      throw new Error(`30 presses of Tab lead to nothing whose id begins with ${start}`);
    };

    test('works with the keyboard alone, and keeps details open when it refreshes', async () => {
      const { page } = await openPage(browser, url, { scheme: 'light' });
      await tabTo(page, 'to-9401');
      await page.keyboard.press('Enter');
      const opened = (): Promise<unknown> =>
        page.evaluate("[document.querySelector('tr.details')?.id, document.activeElement?.id]");
      const id = `9401-127-0-0-1-${orphan.pid}`;
      expect(await opened()).toEqual([`${id}-details`, `${id}-toggle`]);
      const late = await world.startDaemon({ port: 9409, version: '3.2.4' });
      await page.locator(`#sync tr.listener[id^="9409-"]`).waitFor({ timeout: 15_000 });
      expect(await opened()).toEqual([`${id}-details`, `${id}-toggle`]);
      late.signal('SIGKILL');
      await page.locator(`#sync tr.listener[id^="9409-"]`).waitFor({ state: 'detached', timeout: 15_000 });
      expect(await opened()).toEqual([`${id}-details`, `${id}-toggle`]);
      await page.close();
    }, 60_000);

    test.each([
      ['the Clipboard API', ''],
      ['no Clipboard API', "Object.defineProperty(navigator, 'clipboard', { value: undefined })"],
      [
        'a Clipboard API that refuses',
        "navigator.clipboard.writeText = () => Promise.reject(new Error('not permitted'))",
      ],
    ])(
      'copies exactly the command that doctor prints, by keyboard, and says so: %s',
      async (_how, script) => {
        const { page, errors } = await openPage(browser, url, { scheme: 'light' });
        await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
        await page.evaluate("navigator.clipboard.writeText('before')");
        const readText = await page.evaluateHandle('navigator.clipboard.readText.bind(navigator.clipboard)');
        await page.evaluate(script);
        await tabTo(page, 'attention-0-copy');
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        await expect(page.locator('#said').innerText()).resolves.toBe('Copied. Paste it in a terminal.');
        expect(await page.evaluate('document.activeElement.id')).toBe('attention-0-copy');
        const { stdout } = await world.run(['auth', 'doctor', '--json']);
        const [finding] = (JSON.parse(stdout) as { findings: { remediation: { command: string } }[] })
          .findings;
        expect(await readText.evaluate((read) => (read as () => Promise<string>)())).toBe(
          finding?.remediation.command,
        );
        await page.getByRole('button', { name: 'Copied' }).waitFor({ state: 'detached' });
        expect(errors).toEqual([]);
        await page.close();
      },
    );

    test('selects the command where nothing can be copied, and says what to press', async () => {
      const { page } = await openPage(browser, url, { scheme: 'light' });
      await page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false",
      );
      await page.locator('#attention-0-copy').click();
      await page.getByRole('button', { name: 'Selected' }).waitFor();
      await expect(page.locator('#said').innerText()).resolves.toContain('Press Ctrl+C');
      expect(await page.evaluate('getSelection().toString()')).toBe(
        `${INVOCATION} auth doctor --reset --only safe_auto`,
      );
      await page.close();
    });

    test('fits a narrow window', async () => {
      const { page } = await openPage(browser, url, { scheme: 'light' });
      await page.setViewportSize({ width: 360, height: 800 });
      await page.locator('.listeners .version').first().waitFor({ state: 'detached' });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      await page.close();
    });

    test('serves no other page: not under another host name, not cross-origin, not in a frame (pitfall 34)', async () => {
      const view = (headers: Readonly<Record<string, string>>) =>
        world.ask(9237, { path: '/api/view', headers }).then(({ status }) => status);
      expect(await view({})).toBe(200);
      expect(await view({ Host: 'attacker.example:9237' })).toBe(403);
      expect(await view({ Origin: 'http://attacker.example' })).toBe(403);
      expect(await view({ 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
      expect(await view({ 'Sec-Fetch-Site': 'same-site' })).toBe(403);
      const { head } = await world.ask(9237, { path: '/api/view' });
      expect(head).toMatch(/^cross-origin-resource-policy: same-origin\r?$/im);
      expect(await view({ 'Sec-Fetch-Site': 'same-origin', Origin: 'http://127.0.0.1:9237' })).toBe(200);
      const page = await browser.newPage();
      await page.setContent(`<iframe src="${url}"></iframe>`);
      await page.waitForTimeout(500);
      expect(await page.frameLocator('iframe').getByText('Spec Kitty').count()).toBe(0);
      await page.close();
    });

    test('cannot stop anything, and gets no secret in its data', async () => {
      const { body } = await world.ask(9237, { path: '/api/view' });
      const view = JSON.parse(body) as DashboardView;
      expect('error' in view.sync ? view.sync : view.sync.candidates.length).toBe(5);
      expect(body).not.toContain(orphan.token);
      for (const path of ['/api/view', '/api/shutdown', '/']) {
        const { status } = await world.ask(9237, { path, method: 'POST', body: '{}' });
        expect([403, 404]).toContain(status);
      }
      expect(orphan.journal().shutdownTokens).toEqual([]);
    });

    test('shows that the dashboard has stopped', async () => {
      const { page } = await openPage(browser, url, { scheme: 'light' });
      await world.run(['dashboard', '--stop'], { cwd: world.project });
      await page.getByText(`${INVOCATION} dashboard`).waitFor({ timeout: 15_000 });
      await expect(page.locator('h1').innerText()).resolves.toBe('The dashboard does not answer');
      await expect(page.title()).resolves.toBe('(!) Spec Kitty daemons – project');
      await expect(page.locator('#verdict').innerText()).resolves.toContain('What is below is old.');
      expect(await page.locator('#problem-copy').getAttribute('data-copies')).toBe(
        `cd ${world.project} && ${INVOCATION} dashboard`,
      );
      await page.close();
    }, 30_000);
  },
);
