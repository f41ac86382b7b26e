import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let stage: Stage;
let copy: string;
let zones: string;
/** A copy of the sources with one file and one line more. */
beforeAll(async () => {
  stage = await openStage();
  copy = mkdtempSync(join(tmpdir(), 'mailwright-toy-'));
  for (const path of ['src', 'bin', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const file = readFileSync(join(ROOT, 'test/contracts/toy-provider.ts'), 'utf8');
  writeFileSync(join(copy, 'src/integrations/dns/toy.ts'), file.replaceAll('../../src/', '../../'));
  const list = join(copy, 'src/integrations/dns/index.ts');
  writeFileSync(list, `${readFileSync(list, 'utf8')}export * as toy from './toy.ts';\n`);
  zones = join(copy, 'zones.json');
  writeFileSync(
    zones,
    JSON.stringify({
      'toy.test': [{ name: 'toy.test', type: 'MX', value: 'mx-else.mx.test', preference: 10, ttl: 300 }],
    }),
  );
});
afterAll(async () => {
  await stage.close();
  rmSync(copy, { recursive: true, force: true });
});

function run(args: readonly string[], env: Record<string, string> = {}) {
  const ran = spawnSync(join(copy, 'bin/mailwright.js'), args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: 25_000,
    env: { PATH: process.env.PATH ?? '', HOME: copy, MAILWRIGHT_STATE: join(copy, 'state'), ...stage.env, ...env },
  });
  return { exit: ran.status, out: `${ran.stdout}${ran.stderr}` };
}

describe('a DNS provider that is added by one file and one line', () => {
  it('is in the configuration, masked, and asked for what it needs', () => {
    expect(run(['config'], { TOY_FILE: zones }).out).toMatch(/TOY_FILE +\*+/);
    const unset = run(['plan', 'toy.test', '--dns', 'toy']);
    expect(unset.exit).toBe(2);
    expect(unset.out).toContain('TOY_FILE is not set');
    expect(run(['plan', 'toy.test', '--dns', 'tou']).out).toContain('did you mean toy?');
  });

  it('plans and applies, and plans empty afterwards', () => {
    const env = { TOY_FILE: zones };
    // Nobody serves what the toy holds, so nothing that waits for served records is asked for.
    const profile = stage.profile('dns: { provider: toy }\nses: { mailFrom: none }\nspf: { root: create }\n');
    const flags = ['toy.test', '--profile', profile];
    expect(run(['plan', ...flags], env).out).toContain('DNS toy, account toy, zone toy.test');
    run(['up', ...flags, '--yes'], env);
    const types = () => (JSON.parse(readFileSync(zones, 'utf8')) as Record<string, { type: string }[]>)['toy.test'];
    const all = ['CNAME', 'CNAME', 'CNAME', 'MX', 'TXT', 'TXT'];
    expect((types() ?? []).map((one) => one.type).toSorted()).toEqual(all);
    const again = run(['plan', ...flags], env);
    expect(again.out).not.toContain('to create');
    expect(run(['records', ...flags, '--format', 'csv'], env).out).not.toContain('CNAME');
  });

  it('is type-checked like the others', () => {
    const checked = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '--project', copy], {
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('');
  }, 60_000);
});
