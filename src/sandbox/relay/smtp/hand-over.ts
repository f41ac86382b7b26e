import nodemailer from 'nodemailer';
import { isLoopback } from '../../mail/mail-routes.ts';
import type { Letter } from './letter.ts';
import type { Hop } from './next-hop.ts';

/** What became of one recipient: code 0 where nobody answered. */
export interface Failure {
  readonly address: string;
  readonly code: number;
  readonly text: string;
}

/** What nodemailer says of a refusal. */
interface Refusal {
  readonly recipient?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly message: string;
  readonly rejectedErrors?: readonly Refusal[] | undefined;
}

/** Hands a letter to the first address that answers for each recipient; who answers 5xx has spoken for all. */
export async function handOver(
  { from, to, raw }: Letter,
  { addresses, port }: Hop,
  self: { readonly host: string; readonly address: string },
): Promise<readonly Failure[]> {
  let waiting = [...to];
  const final: Failure[] = [];
  let last: readonly Failure[] = [];
  for (const address of addresses) {
    if (waiting.length === 0) break;
    const failures = await tryAddress({ from, to: waiting, raw }, { address, port }, self);
    final.push(...failures.filter(({ code }) => code >= 500));
    last = failures.filter(({ code }) => code < 500);
    waiting = last.map((failure) => failure.address);
  }
  return [...final, ...last];
}

async function tryAddress(
  { from, to, raw }: { from: string; to: string[]; raw: Buffer },
  { address, port }: { address: string; port: number },
  self: { readonly host: string; readonly address: string },
): Promise<readonly Failure[]> {
  const transport = nodemailer.createTransport({
    host: address,
    port,
    name: self.host,
    // A mail host is known by its address; one outside of loopback can't be reached from it.
    ...(isLoopback(address) ? { localAddress: self.address } : {}),
    tls: { rejectUnauthorized: false },
    connectionTimeout: 5000,
    greetingTimeout: 5000,
    socketTimeout: 20_000,
  });
  try {
    const { rejectedErrors = [] } = await transport.sendMail({ envelope: { from, to }, raw });
    return rejectedErrors.map((error: Refusal) => failureOf(error, error.recipient ?? ''));
  } catch (error) {
    const refusal: Refusal = error instanceof Error ? error : new Error(String(error));
    const each = refusal.rejectedErrors ?? [];
    return to.map((recipient) => failureOf(each.find((one) => one.recipient === recipient) ?? refusal, recipient));
  } finally {
    transport.close();
  }
}

function failureOf({ responseCode = 0, response, message }: Refusal, address: string): Failure {
  return { address, code: responseCode, text: response ?? message };
}
