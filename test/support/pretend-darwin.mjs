/**
 * Preloaded into the product: `process.platform` is `darwin`. systeminformation and koffi are loaded before the change,
 * so they still use the tools and the binary of Linux.
 */
import 'systeminformation';
import { createRequire } from 'node:module';

try {
  // As the product does, so that it finds the package loaded.
  createRequire(import.meta.url)('koffi');
} catch {
  // It is hidden by another preloaded module.
}

Object.defineProperty(process, 'platform', { value: 'darwin' });
