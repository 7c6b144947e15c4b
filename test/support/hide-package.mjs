/** Preloaded into the product as `hide-package.mjs?NAME`: makes a package unresolvable, as where it is not installed. */
import Module, { register } from 'node:module';

const name = new URL(import.meta.url).search.slice(1);
const hooks = `
  export async function resolve(specifier, context, next) {
    if (specifier !== ${JSON.stringify(name)}) return next(specifier, context);
    throw Object.assign(new Error('hidden by the test'), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

// The same for `require`, which these hooks do not see.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  if (request !== name) return resolveFilename(request, ...rest);
  throw Object.assign(new Error('hidden by the test'), { code: 'MODULE_NOT_FOUND' });
};
