import { randomBytes } from 'node:crypto';

/** A message in the queue. */
export interface Letter {
  readonly id: string;
  /** '' for a bounce. */
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
}

/** How a message came in. */
export interface Trace {
  readonly helo: string;
  readonly ip: string;
  readonly by: string;
  readonly id: string;
  readonly to: readonly string[];
  /** Sandbox milliseconds. */
  readonly at: number;
}

/** A queue id in Postfix's short form. */
export function makeQueueId(): string {
  return randomBytes(5).toString('hex').toUpperCase();
}

/** A Received header of RFC 5321 section 4.4, as Postfix writes it. */
export function receivedHeader({ helo, ip, by, id, to, at }: Trace): string {
  const [only, ...more] = to;
  const recipient = only === undefined || more.length > 0 ? '' : `\r\n\tfor <${only}>`;
  return `Received: from ${helo} (unknown [${ip}])\r\n\tby ${by} (Postfix) with ESMTP id ${id}${recipient};\r\n\t${mailDate(at)}\r\n`;
}

/** How many hosts a message has been through. */
export function countHops(raw: Buffer): number {
  const text = raw.toString('latin1');
  const end = text.search(/\r?\n\r?\n/);
  return [...(end < 0 ? text : text.slice(0, end)).matchAll(/^received:/gim)].length;
}

/** What comes back to a sender: a notice with the reason for each recipient. */
export function makeBounce(
  host: string,
  { from, raw }: Letter,
  reasons: readonly { readonly address: string; readonly text: string }[],
  at: number,
): Letter {
  const text = raw.toString('latin1');
  const end = text.search(/\r?\n\r?\n/);
  const lines = [
    `From: MAILER-DAEMON@${host} (Mail Delivery System)`,
    `To: ${from}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    `Date: ${mailDate(at)}`,
    `Message-ID: <${makeQueueId()}@${host}>`,
    '',
    `This is the mail system at host ${host}.`,
    '',
    'Your message could not be delivered to one or more recipients.',
    '',
    ...reasons.map((reason) => `<${reason.address}>: ${reason.text}`),
    '',
    end < 0 ? text : text.slice(0, end),
    '',
  ];
  return { id: makeQueueId(), from: '', to: [from], raw: Buffer.from(lines.join('\r\n'), 'latin1') };
}

function mailDate(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}
