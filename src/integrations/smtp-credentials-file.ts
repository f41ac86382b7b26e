import { open } from 'node:fs/promises';
import * as z from 'zod';
import { Problem } from '../core/problem.ts';
import type { SmtpCredential } from '../core/smtp-credentials.ts';

const word = z.string().regex(/^[!-~]+$/);
const credentials = z.array(
  z.object({
    region: word,
    // What a mail server's tables hold as they are: nothing in it may end a word or a line.
    host: z.string().regex(/^[A-Za-z0-9._:-]+$/),
    port: z.int().min(1).max(65_535),
    username: z.string().regex(/^[A-Za-z0-9_+=/.-]+$/),
    password: word,
  }),
);

/**
 * SMTP passwords as `mailwright ses smtp-credentials --out` writes them: JSON, or lines of a Postfix password table, each below its
 * region as a comment. For the call itself, never to be kept. Throws a Problem for a file that others may read, or that holds something else.
 */
export async function readSmtpCredentials(path: string): Promise<readonly SmtpCredential[]> {
  const refuse = (what: string, fix: string) =>
    new Problem('conflict', 'outbound.credentials', `ses.smtpCredentials: ${path} ${what}.`, { fix });
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? refuse('does not exist', `Make it: mailwright ses smtp-credentials DOMAIN --out ${path}`)
      : refuse(
          `can’t be read (${error.code ?? 'unknown'})`,
          'Give its owner the right to read it, or name another file.',
        );
  });
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw refuse(
        `may be read by others (mode ${(mode & 0o777).toString(8)})`,
        `Take their rights away: chmod 600 ${path}. If others could read it for long, make new passwords (--rotate).`,
      );
    const parsed = credentials.safeParse(parse(await file.readFile('utf8')));
    if (parsed.success && parsed.data.length > 0) return parsed.data;
    // Not what zod says of it: that could hold a password.
    throw refuse(
      'holds no SMTP passwords',
      `Name the file that was made: mailwright ses smtp-credentials DOMAIN --out ${path}`,
    );
  } finally {
    await file.close();
  }
}

function parse(text: string): unknown {
  if (/^\s*\[\s*\{/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }
  const rows = [...text.matchAll(/^# *([a-z0-9-]+)\n\[([^\]\s]+)\]:(\d+)\s+([^\s:]+):(\S+)$/gm)];
  return rows.map(([, region, host, port, username, password]) => ({
    region,
    host,
    port: Number(port),
    username,
    password,
  }));
}
