/**
 * Preloaded as `hide-package.mjs?NAME`: makes a package unresolvable as if it were not installed, for `require` (used
 * by the built product) and for `import` (used by its source).
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
  // In Node 20 hooks run in their own thread and do not apply to `require`.
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (specifier, ...rest) =>
    refuse(specifier, rest, () => resolve(specifier, ...rest));
  const hooks = `const name = ${JSON.stringify(name)};\n${refuse}\nexport { refuse as resolve };`;
  Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
