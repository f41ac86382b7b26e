import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { Problem } from '../../core/problem.ts';

/** A SHA-256 fingerprint as openssl prints it, with or without colons and its title, as 'AA:BB:…'; undefined for what is none. */
export function parseFingerprint(text: string): string | undefined {
  const hex = text
    .trim()
    .replace(/^sha256(?: fingerprint)?[=:]/i, '')
    .replaceAll(':', '');
  return /^[0-9a-f]{64}$/i.test(hex) ? (hex.toUpperCase().match(/../g) ?? []).join(':') : undefined;
}

/**
 * Connects to the server that holds the key of the one pinned certificate. The chain and the name in it are not asked, because the
 * certificate itself is known; any other is refused before a byte is sent. Throws a Problem then.
 */
export function openPinned(
  to: { readonly host: string; readonly port: number; readonly fingerprint: string },
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: to.host,
      port: to.port,
      ...(isIP(to.host) === 0 ? { servername: to.host } : {}),
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    const give = () => socket.destroy(signal.reason instanceof Error ? signal.reason : undefined);
    signal.addEventListener('abort', give, { once: true });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', give);
      const seen = socket.getPeerCertificate().fingerprint256;
      if (seen === to.fingerprint) {
        socket.removeListener('error', reject);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(
        new Problem(
          'account',
          'mailcow.fingerprint',
          `Mailcow ${to.host}: the certificate is not the pinned one, but ${seen ?? 'none'}.`,
          {
            fix: 'If Mailcow got a new certificate, compare on its host and put the new fingerprint into MAILCOW_FINGERPRINT; else somebody is in between.',
          },
        ),
      );
    });
  });
}
