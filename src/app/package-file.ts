import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file that comes with Mailwright, by its path below the package: sources lie two folders deep, the bundle one. */
export function packageFile(path: string): string {
  const fromSource = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  return existsSync(fromSource) ? fromSource : fileURLToPath(new URL(`../${path}`, import.meta.url));
}
