import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Folder for screenshots. */
export const ARTEFACTS = 'test-artefacts';

/** The most that one row of a table may take, in pixels: a few lines. */
const TALLEST_ROW = 160;

/** Returns what sticks out of the window, cuts its own text, breaks a word that has room, or is too tall a row. */
export function troubles(page: Page): Promise<readonly string[]> {
  return page.evaluate((tallest) => {
    const found: string[] = [];
    const name = (element: Element): string =>
      `${element.tagName} ${element.id || element.className}: ${(element.textContent || '').slice(0, 40)}`;
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} pixels wide`);
    for (const element of document.querySelectorAll<HTMLElement>('body *')) {
      if (element.closest('.unseen, head, script, noscript')) continue;
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (left < -1 || right > root.clientWidth + 1))
        found.push(`sticks out: ${name(element)}`);
      if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1)
        found.push(`is cut: ${name(element)}`);
    }
    for (const row of document.querySelectorAll('tr.listener, tr.group, .proof tr, .actions li'))
      if (row.getBoundingClientRect().height > tallest) found.push(`is too tall: ${name(row)}`);
    const range = document.createRange();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement?.closest('.unseen, script, noscript')) continue;
      // Words of this length fit everywhere. A longer one, of another process, may go on in the next line.
      for (const { index, 0: word } of (node.nodeValue ?? '').matchAll(
        /(?<![\p{L}\p{N}])[\p{L}\p{N}]{2,16}(?![\p{L}\p{N}])/gu,
      )) {
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (lines.size > 1) found.push(`a word is broken: ${word}`);
      }
    }
    return found;
  }, TALLEST_ROW);
}

/** Opens every group, then all details, then all parts of these. */
export async function openAll(page: Page): Promise<void> {
  const closed = page.locator('button[aria-expanded=false]');
  while ((await closed.count()) > 0) await closed.first().click();
}

export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations: all } = await page.evaluate<axe.AxeResults>('axe.run()');
  return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
