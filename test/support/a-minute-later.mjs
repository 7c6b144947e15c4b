/**
 * Preloaded into the product: this machine seems to have run for a minute more, so that what was just started is not
 * young any more. Nothing else of its age is anywhere to be read.
 */
import fs from 'node:fs';

const read = fs.readFileSync;
fs.readFileSync = (path, ...options) => {
  const text = read(path, ...options);
  return path === '/proc/uptime' ? text.replace(/^\d+/, (seconds) => String(Number(seconds) + 60)) : text;
};
