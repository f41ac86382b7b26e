import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePassword } from './password.ts';
import { readPasswordFile } from './password-file.ts';

describe('a made-up password', () => {
  it('satisfies every policy, and looks like nothing else', () => {
    for (let n = 0; n < 300; n += 1) {
      const password = makePassword({ length: 6 });
      expect(password).toHaveLength(24);
      for (const part of [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/]) expect(password).toMatch(part);
      expect(password).not.toMatch(/[0O1lI'"\\$`\s]/);
      expect(password).toMatch(/^[A-Za-z\d]/);
    }
  });

  it('is as long as the policy wants', () => expect(makePassword({ length: 40 })).toHaveLength(40));

  it('is never the same', () => {
    expect(new Set(Array.from({ length: 100 }, () => makePassword({ length: 0 }))).size).toBe(100);
  });
});

describe('a password file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mailwright-password-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const file = async (text: string, mode: number) => {
    const path = join(folder, `${mode.toString(8)}-${text.length}`);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };

  it('gives its first line', async () => {
    expect(await readPasswordFile(await file('open sesame \r\nmore\n', 0o600))).toBe('open sesame ');
  });

  it.each([
    ['may be read by others', () => file('x', 0o644), /chmod 600/],
    ['is empty', () => file('\n', 0o600), /first line/],
    ['does not exist', async () => join(folder, 'none'), /made up/],
  ])('that %s is refused with the way out', async (what, path, fix) => {
    await expect(readPasswordFile(await path())).rejects.toMatchObject({
      code: 'mailcow.password-file',
      kind: 'input',
      message: expect.stringContaining(what),
      fix: expect.stringMatching(fix),
    });
  });
});
