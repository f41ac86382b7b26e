import { Problem } from '../../../core/problem.ts';
import type { Outcome } from '../../../core/resource.ts';
import { parseAnswer } from '../answers.ts';
import type { MailboxData } from '../data.ts';
import { passwordRef } from '../names.ts';
import { makePassword } from '../password.ts';
import { readPasswordFile } from '../password-file.ts';
import { readDomain, readMailbox } from '../read.ts';
import { describeHeld } from '../staying.ts';
import { type Deed, isThere, unconfirmed } from './deed.ts';

/**
 * Makes a mailbox. A made-up password is among the secrets before the call, so that a run which is killed does not lose it; it goes
 * again where the mailbox was certainly not made.
 */
export async function makeMailbox(deed: Deed): Promise<Outcome> {
  const { client, data, secrets } = deed;
  const { host, domain, mailbox, name, quota, password: source, tags } = data as unknown as MailboxData;
  const about = `mailbox ${mailbox}`;
  const local = mailbox.slice(0, mailbox.lastIndexOf('@'));
  const ref = passwordRef(host, mailbox);
  const generated = source === 'generated';
  // Mailcow would take its mailbox template's quota, which may not be the domain's.
  const [password, size] = await Promise.all([
    generated ? keepPassword(deed, ref) : readPasswordFile(source),
    quota ?? readDomain(client, domain).then((found) => found?.defaultQuota),
  ]);
  try {
    await client.write(
      'add/mailbox',
      {
        local_part: local,
        domain,
        name: name ?? local,
        password,
        password2: password,
        active: '1',
        ...(size === undefined ? {} : { quota: size }),
        tags,
      },
      { about, expect: ['mailbox_added'] },
    );
    if (!(await readMailbox(client, mailbox))) throw unconfirmed(host, about);
    return { status: 'done' };
  } catch (error) {
    const there = isThere(error, 'object-exists') ? await readMailbox(client, mailbox) : undefined;
    const unknown = error instanceof Problem && error.kind === 'unknown';
    if (generated && !unknown) await secrets.remove(ref);
    if (there) return { status: 'kept' };
    throw error;
  }
}

/** Removes a mailbox with all that it holds; not one that got a letter since that was approved. */
export async function removeMailbox({ client, data }: Deed): Promise<Outcome> {
  const { host, mailbox, messages = 0 } = data as unknown as MailboxData;
  const about = `mailbox ${mailbox}`;
  const live = await readMailbox(client, mailbox);
  if (!live) return { status: 'done' };
  if (live.messages > messages)
    throw new Problem(
      'conflict',
      'mailcow.mailbox-not-empty',
      `Mailcow ${host}, ${about}: it holds ${describeHeld(live)} by now, ${messages === 0 ? 'none' : messages} when its removal was approved.`,
      { fix: 'Read what came, then run again: what it holds is told anew.' },
    );
  await client.write('delete/mailbox', [mailbox], { about, expect: ['mailbox_removed'] });
  if (await readMailbox(client, mailbox)) throw unconfirmed(host, `the removal of ${about}`);
  return { status: 'done' };
}

/** The password of an earlier try is taken again: if that one took effect after all, it is the right one. */
async function keepPassword({ client, secrets }: Deed, ref: string): Promise<string> {
  const known = await secrets.get(ref);
  if (known !== undefined) return known;
  const answer = await client.get('get/passwordpolicy', { about: 'password policy' });
  const policy = answer === undefined ? { length: 0 } : parseAnswer(client.host, 'policy', answer);
  const password = makePassword(policy);
  await secrets.put(ref, password);
  return password;
}
