import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Requirement } from '../support/requirements.js';
import type { World } from '../support/world.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
export const hasChromium: Requirement = { met: CHROMIUM !== undefined, missing: 'Chromium missing' };

export interface Look {
  readonly page: Page;
  /** What the page complained about: errors, and what its Content-Security-Policy stopped. */
  readonly complaints: readonly string[];
  /** Every address that it asked for. */
  readonly asked: readonly string[];
}

/** A real browser without a window, in the network of the world. */
export function openBrowser(world: World): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(hasChromium.missing);
  return chromium.launch({
    executablePath: world.wrap(CHROMIUM),
    // The sandbox needs rights that containers do not have; the page is ours.
    args: ['--no-sandbox'],
    env: { HOME: world.folder },
  });
}

export async function openPage(browser: Browser, url: string, scheme: 'light' | 'dark'): Promise<Look> {
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width: 1200, height: 900 } });
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(url);
  await page.getByText('As of').waitFor();
  return { page, complaints, asked };
}
