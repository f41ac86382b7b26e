import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Problem } from '../../core/problem.ts';
import { writeTogether } from './write-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailwright-write-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const modeOf = (name: string) => statSync(at(name)).mode & 0o777;

it('writes new files with their modes, and keeps the mode of one that is there', () => {
  writeFileSync(at('.gitignore'), 'a\n', { mode: 0o640 });
  writeTogether([
    { path: at('deep/er/p.yaml'), text: 'p', mode: 0o644, before: undefined },
    { path: at('.env'), text: 's', mode: 0o600, before: undefined },
    { path: at('.gitignore'), text: 'a\n.env\n', mode: 0o644, before: 'a\n' },
  ]);
  expect([modeOf('deep/er/p.yaml'), modeOf('.env'), modeOf('.gitignore')]).toEqual([0o644, 0o600, 0o640]);
  expect(readdirSync(folder).toSorted()).toEqual(['.env', '.gitignore', 'deep']);
});

it('closes a file that was open to others, and follows a link', () => {
  writeFileSync(at('real'), 'old', { mode: 0o644 });
  symlinkSync(at('real'), at('.env'));
  writeTogether([{ path: at('.env'), text: 'new', mode: 0o600, force: true, before: 'old' }]);
  expect([readFileSync(at('real'), 'utf8'), modeOf('real')]).toEqual(['new', 0o600]);
});

it('one that changed meanwhile, or can’t be written, keeps all from being written', () => {
  writeFileSync(at('.env'), 'theirs');
  const profile = { path: at('p.yaml'), text: 'p', mode: 0o644, before: undefined };
  const env = { path: at('.env'), text: 'new', mode: 0o600, before: 'as it was read' };
  expect(() => writeTogether([profile, env])).toThrow(Problem);
  expect(readdirSync(folder)).toEqual(['.env']);
  // A folder can't be where a file is.
  const inNew = { ...profile, path: at('new/p.yaml') };
  const inside = { path: at('.env/x'), text: 'x', mode: 0o644, before: undefined };
  expect(() => writeTogether([inNew, inside])).toThrow(Problem);
  expect(readdirSync(folder)).toEqual(['.env']);
  expect(readFileSync(at('.env'), 'utf8')).toBe('theirs');
});
