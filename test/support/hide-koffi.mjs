/** Preloaded into the product: makes `koffi` unresolvable, as where the optional package was not installed. */
import { register } from 'node:module';

const hooks = `
  export async function resolve(specifier, context, next) {
    if (specifier !== 'koffi') return next(specifier, context);
    throw Object.assign(new Error('hidden by the test'), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
