import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNS = 21;

/** `mailwright --help` against an empty Node, interleaved; medians. */
export async function measureStart(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-bench-'));
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const bin = fileURLToPath(new URL('../bin/mailwright.js', import.meta.url));
  const bundled = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const built =
    spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/build.ts', import.meta.url))]).status === 0;
  const launcher = join(folder, 'launcher.mjs');
  // As the package starts: compile cache on, then the bundle.
  writeFileSync(
    launcher,
    `import m from 'node:module'; m.enableCompileCache(); await import(${JSON.stringify(`file://${bundled}`)});`,
  );
  const variants: Record<string, string[]> = {
    empty: [empty],
    checkout: [bin, '--help'],
    ...(built ? { package: [launcher, '--help'] } : {}),
  };
  const times: Record<string, number[]> = {};
  for (let run = -2; run < RUNS; run += 1) {
    for (const [name, args] of Object.entries(variants)) {
      const began = performance.now();
      spawnSync(process.execPath, args);
      if (run >= 0) times[name] = [...(times[name] ?? []), performance.now() - began];
    }
  }
  rmSync(folder, { recursive: true, force: true });
  const median = (name: string) => (times[name] ?? []).toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
  for (const name of Object.keys(variants).filter((one) => one !== 'empty')) {
    const over = median(name) - median('empty');
    console.log(
      `--help from the ${name}: ${median(name).toFixed(0)} ms, empty node ${median('empty').toFixed(0)} ms, over it ${over.toFixed(0)} ms (aim: at most 40)`,
    );
  }
}
