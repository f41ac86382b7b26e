import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail host that takes everything for the domains it is told, and remembers it. */
export async function openSink(address = '127.0.0.1') {
  const received: { readonly to: readonly string[]; readonly raw: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map((one) => one.address);
        received.push({ to, raw: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    received,
    /** Waits until a message for this address has come. */
    async got(address: string): Promise<string> {
      for (let left = 100; left > 0; left -= 1) {
        const found = received.find((one) => one.to.includes(address));
        if (found) return found.raw;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`nothing came for ${address}`);
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
