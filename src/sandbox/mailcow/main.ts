import type { StandIn, World } from '../world.ts';
import { openApi } from './api/server.ts';
import { controlRoutes } from './control.ts';
import { openImap } from './imap/server.ts';
import { Installation } from './installation.ts';
import { openIncoming } from './mail/incoming.ts';
import { openPostOffice } from './mail/post-office.ts';
import { openSubmission } from './mail/submission.ts';

/** The address of Mailcow's host: mail hosts of the sandbox are told apart by it, as the port is one for all. */
const ADDRESS = '127.0.1.1';
const HOSTNAME = 'mail.sandbox.test';

/** How Mailcow is opened. */
export interface MailcowOptions {
  /** The port of SMTP, which all mail hosts of the world share; at 127.0.0.1 the world's inbox listens there. */
  readonly smtpPort: number;
}

/** Opens Mailcow at an address of its own: the API v1, SMTP for its domains, submission and IMAP for its mailboxes. */
export async function openMailcow(world: World, { smtpPort }: MailcowOptions): Promise<StandIn> {
  const cow = new Installation(world.clock, world.internet, HOSTNAME);
  const opened: { close(): unknown }[] = [];
  const add = <T extends { close(): unknown }>(part: T): T => {
    opened.push(part);
    return part;
  };
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    const office = openPostOffice(world, cow, ADDRESS, smtpPort);
    add(await openIncoming(world, cow, office, { address: ADDRESS, port: smtpPort }));
    const submission = add(await openSubmission(world, cow, office, ADDRESS));
    const imap = add(await openImap(world, cow, ADDRESS));
    const http = add(await openApi(world, cow, ADDRESS));
    world.internet.publish('sandbox.test', HOSTNAME, 'A', [ADDRESS]);
    return {
      name: 'mailcow',
      addresses: {
        api: http.url,
        smtp: `${ADDRESS}:${smtpPort}`,
        submission: `${ADDRESS}:${submission.port}`,
        imap: `${ADDRESS}:${imap.port}`,
      },
      env: {
        MAILCOW_URL: http.url,
        MAILCOW_API_KEY: cow.keys.get('rw').key,
        MAILWRIGHT_IMAP: `imap://${ADDRESS}:${imap.port}`,
        MAILWRIGHT_SUBMISSION: `${ADDRESS}:${submission.port}`,
      },
      control: controlRoutes(cow),
      close,
    };
  } catch (error) {
    await close();
    throw withAlias(error);
  }
}

/** On macOS only 127.0.0.1 is there by itself. */
function withAlias(error: unknown): unknown {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
  if (!isMissing) return error;
  const fix = `sudo ifconfig lo0 alias ${ADDRESS} up`;
  return new Error(`The sandbox's Mailcow needs one more loopback address than this machine has; add it with: ${fix}`, {
    cause: error,
  });
}
