import type { Answer } from '../../../core/resolver.ts';
import type { SmtpTls } from '../../../core/smtp-tls.ts';
import { isPrivate } from '../is-private.ts';
import { helloName, openLine } from './smtp-line.ts';
import { readChain } from './tls-chain.ts';

/** How long, where to, and whom to believe. */
export interface TlsLimits {
  /** 25 but in a sandbox. */
  readonly port: number;
  readonly allowPrivate: boolean;
  /** Certificates to believe instead of the known authorities', as PEM. */
  readonly ca?: string;
  /** For all addresses together. */
  readonly timeoutMs?: number;
}

const WHOLE_MS = 40_000;
/** One that is silent says nothing of the next; more than two would be a scan. */
const MOST_ADDRESSES = 2;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/**
 * Looks at the TLS of an MX host that a stranger named: greets it, asks for STARTTLS, greets it again and leaves without sending anything.
 * The addresses are looked up by us, must be public, and are those that are connected to; the next is tried where one is silent. Never
 * throws for what the host does.
 */
export async function lookAtTls(
  host: string,
  addressesOf: (host: string) => Promise<readonly Answer[]>,
  limits: TlsLimits,
): Promise<SmtpTls> {
  if (!HOST_NAME.test(host)) return { silence: 'it is no name of a host' };
  const answers = await addressesOf(host);
  const addresses = answers.flatMap(({ values }) => values);
  const open = addresses.filter((one) => limits.allowPrivate || !isPrivate(one)).slice(0, MOST_ADDRESSES);
  if (open.length === 0) {
    if (addresses.length > 0) return { silence: `its address is private (${addresses.join(', ')})` };
    const isUnknown = answers.some(({ status }) => status === 'unknown');
    return { silence: isUnknown ? 'its address could not be looked up' : 'it has no address' };
  }
  const signal = AbortSignal.timeout(limits.timeoutMs ?? WHOLE_MS);
  const silences: string[] = [];
  for (const address of open) {
    const shown = await converse(host, address, limits, signal);
    if (!('silence' in shown)) return shown;
    silences.push(`${address} port ${limits.port}: ${shown.silence}`);
    if (signal.aborted) break;
  }
  return { silence: silences.join('; ') };
}

async function converse(host: string, address: string, { port, ca }: TlsLimits, signal: AbortSignal): Promise<SmtpTls> {
  const line = openLine({ address, port }, signal);
  // What our own patience ended is no fault of the host.
  const failed = (why: string): SmtpTls => (signal.aborted ? { silence: why } : { address, failed: why });
  try {
    const greeting = await line.read();
    if ('silence' in greeting) return greeting;
    // Who is refused at the door does not see what is inside.
    if (greeting.code !== 220) return { silence: greeting.text };
    const hello = await line.say(`EHLO ${helloName()}`);
    if ('silence' in hello) return hello;
    // A host that knows no EHLO has no extensions; another no is about whoever asks.
    if (hello.code === 500 || hello.code === 502) return { address, plain: hello.text };
    if (hello.code !== 250) return { silence: hello.text };
    if (!hello.lines.slice(1).some((keyword) => /^STARTTLS\s*$/i.test(keyword))) return { address, plain: hello.text };
    const ready = await line.say('STARTTLS');
    if ('silence' in ready) return failed(ready.silence);
    if (ready.code !== 220) return failed(ready.text);
    const secured = await line.secure({
      servername: host,
      ...(ca === undefined ? {} : { ca }),
      // Whatever it can do is to be seen; nothing of worth is sent.
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
      rejectUnauthorized: false,
      // The name is judged by the checks, from the names in the certificate.
      checkServerIdentity: () => undefined,
    });
    if ('silence' in secured) return failed(secured.silence);
    const [version, cipher] = [secured.getProtocol() ?? '', secured.getCipher().name];
    const chain = readChain(secured, Date.now());
    const { authorizationError } = secured;
    const again = await line.say(`EHLO ${helloName()}`);
    if ('silence' in again) return failed(`after the handshake: ${again.silence}`);
    line.leave();
    const distrust = authorizationError ? { distrust: String(authorizationError) } : {};
    return { address, version, cipher, chain, ...distrust };
  } catch (error) {
    // A certificate may hold what Node does not read: dates of no calendar, keys of no kind.
    return failed(`its certificate can’t be read: ${(error as Error).message}`);
  } finally {
    line.close();
  }
}
