import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** One answer that the server plays; 'drop' closes the connection, 'hang' never answers. */
export type Played = { readonly status?: number; readonly body?: unknown; readonly headers?: object } | 'drop' | 'hang';

/** A request as the server saw it. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

/** A Mailcow of single answers: whatever `play` says to a request. With `tls`, under a certificate that nobody signed. */
export async function openPlayer(play: (heard: Heard) => Played, tls = false) {
  const heard: Heard[] = [];
  const listen = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const one = {
        method: request.method ?? '',
        path: (request.url ?? '').replace('/api/v1/', ''),
        key: request.headers['x-api-key'] as string | undefined,
        body: text === '' ? undefined : JSON.parse(text),
      };
      heard.push(one);
      const answer = play(one);
      if (answer === 'drop') return void request.socket.destroy();
      if (answer === 'hang') return;
      const { status = 200, body = {}, headers = {} } = answer;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  };
  const { key, cert, fingerprint } = tls ? selfSigned() : { key: '', cert: '', fingerprint: '' };
  const server = tls ? createTlsServer({ key, cert }, listen) : createServer(listen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    fingerprint,
    heard,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Mailcow's envelope of one entry, with the echo that it adds. */
export const said = (type: string, ...msg: string[]) => [
  { type, log: ['mailbox', 'add', { secret: 'echo' }, null], msg: msg.length > 1 ? msg : msg[0] },
];

/** A self-signed certificate (X.509 v1, P-256), as a new Mailcow has one: put together here, so that no key lies in the repository. */
function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = (tag: number, ...parts: Uint8Array[]) => {
    const content = Buffer.concat(parts);
    const { length } = content;
    const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 255];
    return Buffer.concat([Buffer.from(head), content]);
  };
  const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
  const ecdsa = der(0x30, oid('2a8648ce3d040302'));
  const name = der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from('mail.example.org')))));
  const dates = der(0x30, der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z')));
  const body = der(
    0x30,
    der(0x02, Buffer.from([1])),
    ecdsa,
    name,
    dates,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', body, privateKey);
  const whole = der(0x30, body, ecdsa, der(0x03, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`,
    fingerprint: createHash('sha256').update(whole).digest('hex'),
  };
}
