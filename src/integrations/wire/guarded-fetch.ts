import { request } from 'node:https';
import type { Fetched } from '../../core/fetched.ts';
import type { Answer } from '../../core/resolver.ts';
import { isPrivate } from './is-private.ts';

/** How long, how much, and where to. */
export interface FetchLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly allowPrivate: boolean;
  /** 443 but in a test. */
  readonly port?: number;
  /** Certificates to believe beside the system's. */
  readonly ca?: string;
}

const TLS_FAULT = /^(CERT_|ERR_TLS_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_SSL_)/;

/**
 * Fetches a page over HTTPS from a host that a stranger named. The address is looked up by us, must be public, and is the one that is
 * connected to, so that no second answer of DNS can lead inside; the certificate must be the host's. A redirect is not followed, and what
 * is too long or too slow is left.
 */
export async function guardedFetch(
  url: URL,
  addressesOf: (host: string) => Promise<readonly Answer[]>,
  limits: FetchLimits,
): Promise<Fetched> {
  if (url.protocol !== 'https:' || url.username !== '' || url.port !== '')
    return { refused: `${url} is no plain https address` };
  const answers = await addressesOf(url.hostname);
  const addresses = answers.flatMap(({ values }) => values);
  const [address] = addresses.filter((one) => limits.allowPrivate || !isPrivate(one));
  if (address === undefined) {
    if (addresses.length > 0) return { refused: `${url.hostname} has a private address (${addresses.join(', ')})` };
    const silent = answers.some(({ status }) => status === 'unknown');
    return silent
      ? { silence: `${url.hostname} could not be looked up` }
      : { refused: `${url.hostname} has no address` };
  }
  return get(url, address, limits);
}

function get(url: URL, address: string, { timeoutMs, maxBytes, port = 443, ca }: FetchLimits): Promise<Fetched> {
  return new Promise((resolve) => {
    const asked = request(
      {
        ...{ host: address, servername: url.hostname, port, path: `${url.pathname}${url.search}`, agent: false },
        headers: { host: url.hostname, accept: 'text/plain, */*;q=0.1', 'user-agent': 'Mailwright' },
        signal: AbortSignal.timeout(timeoutMs),
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          parts.push(chunk);
          length += chunk.length;
          if (length <= maxBytes) return;
          resolve({ refused: `the answer is longer than ${maxBytes} bytes` });
          response.destroy();
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            text: Buffer.concat(parts).toString('utf8'),
          }),
        );
        response.on('error', () => resolve({ silence: 'the connection was cut' }));
      },
    );
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      if (TLS_FAULT.test(code)) resolve({ refused: `the certificate is not good for ${url.hostname} (${code})` });
      else if (error.name === 'AbortError' || error.name === 'TimeoutError')
        resolve({ silence: `no answer in ${timeoutMs / 1000} s` });
      else resolve({ silence: code === '' ? error.message : code });
    });
    // Whatever else a host does: one that changes the protocol gives neither an answer nor an error.
    asked.on('close', () => resolve({ silence: 'the connection was cut' }));
    asked.end();
  });
}
