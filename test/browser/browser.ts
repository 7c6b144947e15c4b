import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Requirement } from '../support/requirements.js';
import type { World } from '../support/world.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
export const hasChromium: Requirement = { met: CHROMIUM !== undefined, missing: 'Chromium missing' };

export interface OpenedPage {
  readonly page: Page;
  /** Errors and warnings of the page, including violations of its Content-Security-Policy. */
  readonly errors: readonly string[];
  /** Every URL that the page requested. */
  readonly requested: readonly string[];
}

/** The window of a page. */
export interface Looks {
  readonly scheme: 'light' | 'dark';
  readonly width?: 1280 | 390;
}

/** Every window that the page has to look well in. */
export const ALL_LOOKS: readonly Required<Looks>[] = ([1280, 390] as const).flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
);

/** Starts a headless browser in the network namespace of the world. */
export function openBrowser(world: World): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(hasChromium.missing);
  return chromium.launch({
    executablePath: world.wrap(CHROMIUM),
    // Chromium's sandbox needs privileges that containers lack, and the page is trusted.
    args: ['--no-sandbox'],
    env: { HOME: world.folder },
  });
}

/** Opens a page and waits until it shows a view. */
export async function openPage(
  browser: Browser,
  url: string,
  { scheme, width = 1280 }: Looks,
): Promise<OpenedPage> {
  const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
  const errors: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('request', (request) => requested.push(request.url()));
  await page.goto(url);
  await page.getByText('As of').waitFor();
  return { page, errors, requested };
}
