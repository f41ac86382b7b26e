import { Problem } from '../../core/problem.ts';
import { parseAnswer } from './answers.ts';
import type { MailcowClient } from './client.ts';
import { makePassword } from './password.ts';

/** By this name an app password is known as one that was only lent, and may go. */
const NAME = 'mailwright proof';

/** A password for a mailbox that is its owner's: it opens IMAP and submission, and is given back. */
export interface LentPassword {
  readonly password: string;
  giveBack(): Promise<void>;
}

/**
 * Makes an app password for a mailbox, whose own password nobody needs to know. What an earlier run that was killed has left there goes
 * first. Source: Mailcow API, add/app-passwd.
 */
export async function lendPassword(client: MailcowClient, address: string): Promise<LentPassword> {
  await removeLent(client, address);
  const about = `app password of ${address}`;
  const answer = await client.get('get/passwordpolicy', { about: 'password policy' });
  const password = makePassword(answer === undefined ? { length: 0 } : parseAnswer(client.host, 'policy', answer));
  const giveBack = () =>
    removeLent(client, address).catch((error: Error) => Promise.reject(stays(client, address, error)));
  try {
    await client.write(
      'add/app-passwd',
      {
        username: address,
        app_name: NAME,
        app_passwd: password,
        app_passwd2: password,
        active: '1',
        protocols: ['imap_access', 'smtp_access'],
      },
      { about, expect: ['app_passwd_added'] },
    );
  } catch (error) {
    // It may have been made all the same.
    if (error instanceof Problem && error.kind === 'unknown') await giveBack();
    throw error;
  }
  return { password, giveBack };
}

function stays({ host }: MailcowClient, address: string, { message }: Error): Problem {
  return new Problem(
    'unknown',
    'mailcow.lent',
    `Mailcow ${host}: the app password “${NAME}” of ${address} could not be taken back (${message}).`,
    {
      fix: `Run \`mailwright up ${address.slice(address.lastIndexOf('@') + 1)} --prove\` again, which removes it first; or remove it in Mailcow (E-Mail, Configuration, Mailboxes, Edit, App passwords). Nobody knows the password itself any more.`,
    },
  );
}

async function removeLent(client: MailcowClient, address: string): Promise<void> {
  const about = `app passwords of ${address}`;
  const answer = await client.get(`get/app-passwd/all/${encodeURIComponent(address)}`, { about });
  const all = Array.isArray(answer) ? (answer as { id?: number | string; name?: string }[]) : [];
  const ids = all.flatMap(({ id, name }) => (name === NAME && id !== undefined ? [String(id)] : []));
  if (ids.length > 0) await client.write('delete/app-passwd', ids, { about, expect: ['app_passwd_removed'] });
}
