import { setTimeout as sleep } from 'node:timers/promises';
import type { ImapFlow } from 'imapflow';
import { Problem } from '../core/problem.ts';

/** How a mailbox is reached. */
export interface MailboxSettings {
  /** 'imaps://host:993'; 'imap://' only on this machine. */
  readonly imap: string;
  /** 'host:587' with STARTTLS, 'host:465' with TLS from the first byte. */
  readonly submission: string;
  readonly user: string;
  readonly password: string;
}

/** Whole names and addresses of this machine: localhost.example is somebody else's. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** A mailbox by IMAP and submission, as a mail program uses it. Throws a Problem where it does not open. */
export async function openMailbox(settings: MailboxSettings) {
  const { user, password } = settings;
  const url = new URL(settings.imap);
  const secure = url.protocol === 'imaps:';
  if (!secure && !LOCAL.test(url.hostname))
    throw new Problem('input', 'mailbox.plain', `${settings.imap} would send the password in the clear.`, {
      fix: 'Use imaps://.',
    });
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow({
    host: url.hostname,
    port: Number(url.port || 993),
    secure,
    auth: { user, pass: password },
    logger: false,
    // Nothing is upgraded on this machine; elsewhere TLS comes first.
    ...(secure ? {} : { doSTARTTLS: false }),
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const refused = (error as { authenticationFailed?: boolean }).authenticationFailed === true;
    throw new Problem(
      'failed',
      'mailbox.imap',
      `${user} can’t be read at ${url.host}: ${refused ? 'the password is refused' : (error as Error).message}.`,
      { fix: refused ? 'Is IMAP allowed for the mailbox?' : 'Is the IMAP port open from here?' },
    );
  }
  return {
    async find(mark: string, waitMs: number) {
      const until = Date.now() + waitMs;
      const folders = await foldersOf(client);
      for (let pause = 200; ; pause = Math.min(pause * 1.3, 3000)) {
        for (const folder of folders) {
          const found = await findIn(client, folder, mark);
          if (found) return found;
        }
        if (Date.now() >= until) return undefined;
        await sleep(pause);
      }
    },
    async send(message: { to: string; subject: string; text: string }) {
      const { default: nodemailer } = await import('nodemailer');
      const [host = '', port = '587'] = settings.submission.split(':');
      const local = LOCAL.test(host);
      const transport = nodemailer.createTransport({
        host,
        port: Number(port),
        secure: port === '465',
        // A password goes to nobody who has not proved who they are.
        requireTLS: !local && port !== '465',
        ignoreTLS: local,
        auth: { user, pass: password },
      });
      try {
        const { messageId } = await transport.sendMail({ from: user, ...message });
        return { messageId };
      } catch (error) {
        throw new Problem(
          'failed',
          'mailbox.send',
          `${user} can’t send by ${settings.submission}: ${(error as Error).message}.`,
        );
      } finally {
        transport.close();
      }
    },
    async close() {
      await client.logout().catch(() => client.close());
    },
  };
}

/** Where new mail lies: the inbox, and where spam is put. */
async function foldersOf(client: ImapFlow): Promise<readonly string[]> {
  const all = await client.list();
  const junk = all.find(({ specialUse, path }) => specialUse === '\\Junk' || /^(junk|spam)$/i.test(path));
  return ['INBOX', ...(junk ? [junk.path] : [])];
}

/** Reads and removes the message with the mark; nobody else's is touched. */
async function findIn(client: ImapFlow, folder: string, mark: string) {
  const lock = await client.getMailboxLock(folder);
  try {
    // A server tells of new mail only when it is asked for something.
    await client.noop();
    const found = await client.search({ subject: mark }, { uid: true });
    const [uid] = found === false ? [] : (found ?? []);
    if (uid === undefined) return undefined;
    const message = await client.fetchOne(
      String(uid),
      { headers: ['authentication-results', 'received'] },
      { uid: true },
    );
    const headers = message === false ? '' : (message?.headers?.toString() ?? '');
    await client.messageDelete(String(uid), { uid: true });
    return {
      folder,
      authenticationResults: valuesOf(headers, 'authentication-results'),
      received: valuesOf(headers, 'received'),
    };
  } finally {
    lock.release();
  }
}

/** Every value of a header, unfolded, in the order of the text. */
function valuesOf(headers: string, name: string): string[] {
  const unfolded = headers.replaceAll(/\r?\n[ \t]+/g, ' ');
  return unfolded.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf(':');
    return at > 0 && line.slice(0, at).toLowerCase() === name ? [line.slice(at + 1).trim()] : [];
  });
}
