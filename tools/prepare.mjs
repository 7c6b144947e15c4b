/**
 * Builds, unless `dist/` is up to date. npm runs it after an installation and before it packs, and npx before it runs
 * this program in a clone.
 */
import { ensureBuilt } from './built.mjs';

ensureBuilt();
