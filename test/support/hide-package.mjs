/**
 * Preloaded as `hide-package.mjs?NAME`: makes a package unresolvable, as where it is not installed, for `require` (as the
 * product asks) and for `import` (as its source does, run by itself).
 */
import Module from 'node:module';

const name = new URL(import.meta.url).search.slice(1);

function refuse(specifier, context, next) {
  if (specifier !== name) return next(specifier, context);
  throw Object.assign(new Error('hidden by the test'), { code: 'MODULE_NOT_FOUND' });
}

if (Module.registerHooks) {
  Module.registerHooks({ resolve: refuse });
} else {
  // Node 20, where hooks run in a thread of their own and do not see `require`.
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (specifier, ...rest) =>
    refuse(specifier, rest, () => resolve(specifier, ...rest));
  const hooks = `const name = ${JSON.stringify(name)};\n${refuse}\nexport { refuse as resolve };`;
  Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
