import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { ALL_LOOKS, hasChromium, openBrowser, openPage } from './browser.js';
import { ARTEFACTS, openAll, troubles, violations } from './looks.js';
import { type Scene, type SceneName, SCENES } from './scenes.js';

const NAMES = Object.keys(SCENES) as SceneName[];
describeIf([hasNetworkNamespace, hasPython, isRoot, hasChromium], 'the looks of the dashboard page', () => {
  describe.each(NAMES)('%s', (name) => {
    let scene: Scene;
    let browser: Browser;
    beforeAll(async () => {
      mkdirSync(ARTEFACTS, { recursive: true });
      scene = await SCENES[name]();
      browser = await openBrowser(scene.world);
    }, 120_000);
    afterAll(async () => {
      await browser.close();
      await scene.close();
    });

    test.each(ALL_LOOKS)(
      'at $width pixels, $scheme: nothing overflows, is cut, or grows without end, and axe finds nothing',
      async ({ width, scheme }) => {
        const { page, errors } = await openPage(browser, scene.url, { width, scheme });
        const file = `${ARTEFACTS}/dashboard-${name.replaceAll(' ', '-')}-${width}-${scheme}`;
        await page.screenshot({ path: `${file}.png`, fullPage: true });
        expect(await troubles(page)).toEqual([]);
        await openAll(page);
        await page.screenshot({ path: `${file}-open.png`, fullPage: true });
        expect(await troubles(page)).toEqual([]);
        expect(await violations(page)).toEqual([]);
        expect(errors).toEqual([]);
        await page.close();
      },
    );
  });
});
