import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { saslPasswords } from '../core/smtp-credentials.ts';
import { readSmtpCredentials } from './smtp-credentials-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'mailwright-smtp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL = ['us-east-1', 'us-west-2'].map((region) => ({
  region,
  host: `email-smtp.${region}.amazonaws.com`,
  port: 587,
  username: 'AKIAEXAMPLE',
  password: `BPass+/${region}=`,
}));
const file = (name: string, text: string, mode = 0o600) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

it('reads both forms that smtp-credentials writes', async () => {
  expect(await readSmtpCredentials(file('a.json', `${JSON.stringify(ALL, null, 2)}\n`))).toEqual(ALL);
  expect(await readSmtpCredentials(file('ses_passwords', saslPasswords(ALL)))).toEqual(ALL);
});

it('refuses a file that others may read, with the command that puts it right', async () => {
  const path = file('open.json', JSON.stringify(ALL), 0o640);
  await expect(readSmtpCredentials(path)).rejects.toMatchObject({
    message: `ses.smtpCredentials: ${path} may be read by others (mode 640).`,
    fix: expect.stringContaining(`chmod 600 ${path}`),
  });
});

it('refuses what is no such file, and says nothing of what is in it', async () => {
  const missing = join(folder, 'none.json');
  await expect(readSmtpCredentials(missing)).rejects.toMatchObject({
    code: 'outbound.credentials',
    message: `ses.smtpCredentials: ${missing} does not exist.`,
    fix: expect.stringContaining(`--out ${missing}`),
  });
  const broken = ['', '[{', 'secret', '[{"region":"us-east-1","password":"secret"}]', 'AKIA:secret\n'];
  // A password table's line would end at a line break.
  const injected = JSON.stringify([{ ...ALL[0], password: 'secret\nother' }]);
  for (const [index, text] of [...broken, injected].entries()) {
    const path = file(`bad-${index}`, text);
    const problem = await readSmtpCredentials(path).catch((error: Error) => error);
    expect(problem).toMatchObject({ message: `ses.smtpCredentials: ${path} holds no SMTP passwords.` });
    expect(JSON.stringify(problem)).not.toContain('secret');
  }
});
