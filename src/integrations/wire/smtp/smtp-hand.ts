import { isIP } from 'node:net';
import { Problem } from '../../../core/problem.ts';

/** A plain message. */
export interface Handed {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands one message to a mail host as a stranger does: no login, TLS where it is offered. Throws a Problem with the host's own words. */
export async function handMessage(
  host: { readonly name: string; readonly address: string; readonly port: number },
  message: Handed,
): Promise<void> {
  const { default: nodemailer } = await import('nodemailer');
  const transport = nodemailer.createTransport({
    host: host.address,
    port: host.port,
    connectionTimeout: 10_000,
    greetingTimeout: 30_000,
    socketTimeout: 60_000,
    // Between mail hosts TLS protects against listeners; who the other is, is known by DNS alone (RFC 7435).
    tls: { rejectUnauthorized: false, ...(isIP(host.name) ? {} : { servername: host.name }) },
    ignoreTLS: /^127\./.test(host.address),
  });
  try {
    await transport.sendMail(message);
  } catch (error) {
    const { response, message: words } = error as Error & { response?: string };
    throw new Problem('failed', 'smtp.refused', `${host.name} does not take the message: ${response ?? words}.`);
  } finally {
    transport.close();
  }
}
