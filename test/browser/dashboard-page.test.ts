import { afterAll, beforeAll, expect, test } from '@jest/globals';
import axe from 'axe-core';
import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import type { DashboardView } from '../../src/dashboard/view.js';
import { hasChromium, openBrowser, openPage } from './browser.js';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import type { Daemon } from '../support/daemons.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

/** Folder for screenshots. */
const ARTEFACTS = 'test-artefacts';
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
      mkdirSync(ARTEFACTS, { recursive: true });
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

    test('shows both families: port map, listeners with class and reason, and findings', async () => {
      const { page, errors, requested } = await openPage(browser, url, 'light');
      expect(
        await page.locator('#sync .map a').evaluateAll((links) => links.map((a) => a.textContent)),
      ).toEqual(['9400, live daemon', '9401, orphan', '9402, needs you', '9403, orphan', '9404, not ours']);
      const lines = await page.locator('summary').allInnerTexts();
      const line = (port: number): string =>
        lines.find((text) => text.startsWith(String(port)))?.replaceAll(/\s+/g, ' ') ?? '';
      expect(line(9400)).toContain('leave alone live daemon');
      expect(line(9401)).toContain('safe to retire orphan, no longer in use 3.2.2');
      expect(line(9402)).toContain('you decide release 3.1.x or older, names no root');
      expect(line(9404)).toContain('leave alone another program');
      expect(line(9237)).toContain('leave alone live daemon');
      expect(line(9300)).toContain('leave alone dashboard of another project');
      await expect(page.locator('.findings').first().innerText()).resolves.toContain(
        `${INVOCATION} auth doctor --reset`,
      );
      await page.screenshot({ path: `${ARTEFACTS}/dashboard-light.png`, fullPage: true });
      expect(errors).toEqual([]);
      expect(requested.every((address) => address.startsWith(url))).toBe(true);
      await page.close();
    });

    test('shows command, costs, evidence and rules of a listener on click', async () => {
      const { page, errors } = await openPage(browser, url, 'dark');
      await page.locator('summary', { hasText: '9402' }).click();
      const open = page.locator('details[open]');
      await expect(open.locator('.remedy code').innerText()).resolves.toMatch(
        /^\/\S+ auth doctor --reset pid:\d+@\d+$/,
      );
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
      await page.screenshot({ path: `${ARTEFACTS}/dashboard-dark.png`, fullPage: true });
      expect(errors).toEqual([]);
      await page.close();
    });

    test('shows text of other processes as text, with visible control characters', async () => {
      const { page } = await openPage(browser, url, 'light');
      const shown = await page.locator('summary', { hasText: '9403' }).innerText();
      expect(shown).toContain('<img src=x onerror="window.pwned=1">\\u{202e}\\u{7}');
      expect(await page.evaluate('[document.images.length, typeof window.pwned]')).toEqual([0, 'undefined']);
      await page.close();
    });

    test('works with the keyboard alone, and keeps details open when it refreshes', async () => {
      const { page } = await openPage(browser, url, 'light');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      const opened = (): Promise<unknown> =>
        page.evaluate(
          "[document.querySelector('details[open]')?.id, document.activeElement?.parentElement?.id]",
        );
      const id = `9401-127-0-0-1-${orphan.pid}`;
      expect(await opened()).toEqual([id, id]);
      const late = await world.startDaemon({ port: 9409, version: '3.2.4' });
      await page.locator(`#sync details[id^="9409-"]`).waitFor({ timeout: 15_000 });
      expect(await opened()).toEqual([id, id]);
      late.signal('SIGKILL');
      await page.locator(`#sync details[id^="9409-"]`).waitFor({ state: 'detached', timeout: 15_000 });
      await page.close();
    }, 60_000);

    test.each(['light', 'dark'] as const)('has no accessibility violations in %s mode', async (scheme) => {
      const { page } = await openPage(browser, url, scheme);
      await page.locator('details').evaluateAll((all) => {
        for (const details of all) (details as unknown as { open: boolean }).open = true;
      });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
        [],
      );
      await page.close();
    });

    test('fits a narrow window', async () => {
      const { page } = await openPage(browser, url, 'light');
      await page.setViewportSize({ width: 360, height: 800 });
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
      const { page } = await openPage(browser, url, 'light');
      await world.run(['dashboard', '--stop'], { cwd: world.project });
      await page.getByText(`${INVOCATION} dashboard`).waitFor({ timeout: 15_000 });
      await page.close();
    }, 30_000);
  },
);
