/**
 * Preloaded into the product as `hide-package.mjs?NAME`: makes a package unresolvable, as where it is not installed. The
 * product is CommonJS and asks by `require`.
 */
import Module from 'node:module';

const name = new URL(import.meta.url).search.slice(1);
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  if (request !== name) return resolveFilename(request, ...rest);
  throw Object.assign(new Error('hidden by the test'), { code: 'MODULE_NOT_FOUND' });
};
