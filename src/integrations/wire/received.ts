import { isPrivate } from './is-private.ts';

/** How a message came in, as far as its own header tells it. */
export interface Trace {
  /** The host that handed it in. */
  readonly ip?: string;
  /** The name by which that host greeted. */
  readonly helo?: string;
  /** The envelope sender; empty for a bounce. */
  readonly from?: string;
  /** The address in the newest Received-SPF header, which may be the receiver's or anybody's. */
  readonly claimed?: string;
}

/** No honest message has more hops inside a receiver's network. */
const MOST_HOPS = 20;

/**
 * Reads the trace that SMTP leaves (RFC 5321 4.4): of the hosts in Received, the newest first, that with a public address, because a
 * receiver's own (a scanner, LMTP) stand above it; the envelope sender from Return-Path, else from that header, else from the line that an
 * mbox file puts before the message. True of a message from one's own mailbox alone. `header` with CRLF.
 */
export async function readTrace(header: string): Promise<Trace> {
  const fields = header.split(/\r\n(?![ \t])/);
  const [envelope = ''] = fields;
  const of = (name: string) => fields.filter((field) => field.toLowerCase().startsWith(`${name}:`));
  const hops: Hop[] = [];
  for (const field of of('received').slice(0, MOST_HOPS)) {
    const hop = await readHop(field);
    // Some hosts only say that they passed it on.
    if (hop === undefined) continue;
    hops.push(hop);
    // Without an address nobody knows whether the next one is still the receiver's.
    if (hop.ip === undefined || !isPrivate(hop.ip)) break;
  }
  const hop = hops.find(({ ip }) => ip !== undefined && !isPrivate(ip)) ?? hops[0] ?? {};
  const [returned] = of('return-path');
  const from =
    returned === undefined ? (hop.from ?? inMbox(envelope)) : senderIn(returned.slice('return-path:'.length));
  const claimed = /\bclient-ip=["[]?(?:IPv6:)?([0-9a-f.:]+)/i.exec(of('received-spf')[0] ?? '')?.[1];
  return {
    ...(hop.ip === undefined ? {} : { ip: hop.ip }),
    ...(hop.helo === undefined ? {} : { helo: hop.helo }),
    ...(from === undefined ? {} : { from }),
    ...(claimed === undefined ? {} : { claimed: claimed.replace(/[.:]+$/, '') }),
  };
}

type Hop = Pick<Trace, 'ip' | 'helo' | 'from'>;

/** One Received header by itself: mailauth tells the address of the connection from those that a client only claimed. */
async function readHop(field: string): Promise<Hop | undefined> {
  const { authenticate } = await import('mailauth');
  const { receivedChain, spf } = await authenticate(`${field}\r\n\r\n`, {
    trustReceived: true,
    disableArc: true,
    disableDmarc: true,
    disableBimi: true,
    // Nothing is asked for: only the header is read.
    resolver: async () => {
      throw Object.assign(new Error('not asked'), { code: 'ENOTFOUND' });
    },
  });
  const { from, 'envelope-from': sender } = receivedChain?.[0] ?? {};
  if (!from?.value) return undefined;
  const ip = spf === false ? undefined : spf['client-ip'];
  // Exim writes the reverse name first and the greeting into the comment, qmail as well (RFC 5321 has it the other way round).
  const [, greeting = from.value] = /(?:^|[\s(])(?:helo|ehlo)[= ]([^\s)]+)/i.exec(from.comment ?? '') ?? [];
  return {
    ...(ip ? { ip } : {}),
    ...(isHostName(greeting) ? { helo: greeting.replace(/\.$/, '').toLowerCase() } : {}),
    ...(sender?.value ? { from: senderIn(sender.value) } : {}),
  };
}

/** A name with more than one label: an address, or a word, is none that could have a record. */
function isHostName(text: string): boolean {
  return /^(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*\.?$/i.test(text);
}

function senderIn(text: string): string {
  const address = (/<([^<>]*)>/.exec(text)?.[1] ?? text).trim();
  // Some write the name of their mailer in the place of nothing.
  return address.includes('@') ? address : '';
}

/** 'From bounce@example.com Fri Nov 27 00:00:01 2026'; programs that know no sender write '-', and MAILER-DAEMON for none. */
function inMbox(line: string): string | undefined {
  const [, address = ''] = /^From (\S+) +\S/.exec(line) ?? [];
  return address.includes('@') ? address : /^mailer-daemon$/i.test(address) ? '' : undefined;
}
