import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package as it is published: tarball, installed size, install time. */
export async function measurePackage(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-bench-'));
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const began = performance.now();
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', join(folder, tarball)], { cwd: folder });
  const ms = performance.now() - began;
  const files = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const mb = (n: number) => (n / 1024 / 1024).toFixed(1);
  console.log(
    `tarball ${mb(statSync(join(folder, tarball)).size)} MB; installed ${mb(bytes)} MB in ${files.length} files (aim: at most 80 MB); npm install ${(ms / 1000).toFixed(1)} s`,
  );
  rmSync(folder, { recursive: true, force: true });
}
