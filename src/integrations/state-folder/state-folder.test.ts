import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStateFolder, type StateFolder } from './index.ts';
import { openLock } from './lock.ts';

let path: string;
let folder: StateFolder;
beforeAll(async () => {
  path = mkdtempSync(join(tmpdir(), 'mailwright-state-'));
  folder = await openStateFolder(path);
});
afterAll(() => rmSync(path, { recursive: true, force: true }));

describe('a lock', () => {
  it('is held by one of many that try at once', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => folder.lock.acquire('domain a.test')));
    const held = tries.filter((one) => one.status === 'fulfilled');
    expect(held).toHaveLength(1);
    for (const one of tries)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'lock.held', kind: 'conflict' });
    await held[0]?.value.release();
    await (await folder.lock.acquire('domain a.test')).release();
  });

  it('of a process that is gone is taken over by one of many', async () => {
    const locks = join(path, 'dead');
    const claims = join(locks, 'domain_a.test');
    mkdirSync(claims, { recursive: true });
    for (let round = 0; round < 20; round += 1) {
      // No process has this id: it is above what Linux hands out.
      writeFileSync(join(claims, `2026-01-01T00:00:${round}Z~4194305~${hostname()}~x`), '');
      const tries = await Promise.allSettled(
        Array.from({ length: 10 }, () => openLock(locks).acquire('domain a.test')),
      );
      const held = tries.filter((one) => one.status === 'fulfilled');
      expect(held).toHaveLength(1);
      await held[0]?.value.release();
    }
    expect(readdirSync(claims)).toEqual([]);
  });

  it('of another machine counts as dead only after silence', async () => {
    const claims = join(path, 'far', 'domain_a.test');
    mkdirSync(claims, { recursive: true });
    const file = join(claims, '2026-01-01T00:00:00Z~1~elsewhere~x');
    writeFileSync(file, '');
    await expect(openLock(join(path, 'far')).acquire('domain a.test')).rejects.toThrow('process 1 on elsewhere');
    utimesSync(file, 0, 0);
    await (await openLock(join(path, 'far')).acquire('domain a.test')).release();
  });
});

describe('ownership', () => {
  it('keeps every one of many writes at once, and nothing of another domain', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => folder.owned.write('a.test', { [`id ${n}`]: { n } })));
    await folder.owned.write('a.test', { 'id 7': null });
    const fresh = await (await openStateFolder(path)).owned.read('a.test');
    expect(fresh.get('id 49')).toEqual({ n: 49 });
    expect(fresh.get('id 7')).toBeUndefined();
    expect((await folder.owned.read('b.test')).get('id 1')).toBeUndefined();
  });
});

it('a journal holds every entry in order when its promise settles', async () => {
  const journal = await folder.openJournal('run-1');
  await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      journal.write({ kind: 'ended', domain: 'a.test', at: String(n), status: 'done' }),
    ),
  );
  await journal.close();
  const lines = readFileSync(join(path, 'runs', 'run-1.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(lines.map((line) => Number(JSON.parse(line).at))).toEqual(Array.from({ length: 30 }, (_, n) => n));
});

describe('journals', () => {
  const began = { kind: 'began', run: 'run-2', domain: 'a.test', verb: 'up', spec: {} as never, at: '1' } as const;
  it('without an end are unfinished, and closed by whoever found out about them', async () => {
    const journal = await folder.openJournal('run-2');
    await journal.write(began);
    await journal.close();
    expect(await folder.runs.unfinished()).toContain('run-2');
    await folder.runs.settle('run-2', 'a.test', 'finished');
    expect(await folder.runs.unfinished()).not.toContain('run-2');
    expect(await folder.runs.read('run-2')).toMatchObject([
      began,
      { kind: 'ended', domain: 'a.test', status: 'finished' },
    ]);
    expect(await folder.runs.list()).toContain('run-2');
  });
  it('with the end of every domain are finished', async () => {
    const journal = await folder.openJournal('run-3');
    await journal.write(began);
    await journal.write({ kind: 'ended', domain: 'a.test', at: '2', status: 'done' });
    await journal.close();
    expect(await folder.runs.unfinished()).not.toContain('run-3');
  });
  it('may hold lines that were cut off, but must hold one that was not', async () => {
    const whole = JSON.stringify(began);
    writeFileSync(join(path, 'runs', 'run-4.open.jsonl'), `${whole}\n{"kind":"star`);
    expect(await folder.runs.read('run-4')).toEqual([began]);
    writeFileSync(join(path, 'runs', 'run-5.open.jsonl'), `{"kind":\n`);
    await expect(folder.runs.read('run-5')).rejects.toThrow('can’t be read');
  });
  it('of no such run, or of a name that is none, are none', async () => {
    expect(await folder.runs.read('nothing')).toBeUndefined();
    expect(await folder.runs.read('../facts')).toBeUndefined();
  });
});

it('facts are forgotten when they are too old, and the installation keeps its name', async () => {
  await folder.facts.remember('k', 1);
  expect((await folder.facts.recall('k', 1000))?.value).toBe(1);
  expect(await folder.facts.recall('k', -1)).toBeUndefined();
  expect((await openStateFolder(path)).home).toBe(folder.home);
});

it('secrets come back, and nobody else may read them', async () => {
  await folder.secrets.put('dkim a.test/key', 'hidden');
  expect(await folder.secrets.get('dkim a.test/key')).toBe('hidden');
  expect(await folder.secrets.get('other')).toBeUndefined();
  const [name = ''] = readdirSync(join(path, 'secrets'));
  expect(statSync(join(path, 'secrets', name)).mode & 0o777).toBe(0o600);
});

describe('a secret', () => {
  it('is its owner’s alone, and forgotten when it is taken away', async () => {
    const ref = 'mailcow mail.example.org brett@example.com';
    await folder.secrets.put(ref, 'open sesame');
    expect(await folder.secrets.get(ref)).toBe('open sesame');
    const [file = ''] = readdirSync(join(path, 'secrets'));
    expect(statSync(join(path, 'secrets', file)).mode & 0o777).toBe(0o600);
    await folder.secrets.remove(ref);
    expect(await folder.secrets.get(ref)).toBeUndefined();
    await folder.secrets.remove(ref);
  });
});
