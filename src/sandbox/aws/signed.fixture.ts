import { createHash, createHmac, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** Node's SHA-256 in the shape that the AWS signer wants. */
class Sha256 {
  readonly #secret: string | ArrayBuffer | ArrayBufferView | undefined;
  #hash: Hmac | ReturnType<typeof createHash>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret;
    this.#hash = this.#fresh();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }

  #fresh() {
    if (this.#secret === undefined) return createHash('sha256');
    const key = typeof this.#secret === 'string' ? this.#secret : Buffer.from(bytesOf(this.#secret));
    return createHmac('sha256', key);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** What a raw call is made of. */
export interface RawCall {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly region?: string;
  readonly service?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly at?: Date;
  /** Changes the signed request before it is sent. */
  tamper?(request: { method: string; url: string; headers: Record<string, string>; body: string | undefined }): void;
}

/** Signs with AWS's own signer and sends with fetch: for calls that the SDK would not make. */
export async function callRaw(
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
  call: RawCall,
): Promise<{ status: number; type: string | null; text: string }> {
  const { hostname, port } = new URL(endpoint);
  const { method = 'POST', path, body, region = 'us-east-1', service = 'ses' } = call;
  const [pathname = '/', search = ''] = path.split('?');
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: pathname,
      query: Object.fromEntries(new URLSearchParams(search)),
      headers: { host: `${hostname}:${port}`, ...call.headers },
      ...(body === undefined ? {} : { body }),
    },
    call.at ? { signingDate: call.at } : {},
  );
  const request = { method, url: `${endpoint}${path}`, headers: { ...signed.headers }, body };
  call.tamper?.(request);
  const { host: _host, ...headers } = request.headers;
  const response = await fetch(request.url, { method: request.method, headers, body: request.body ?? null });
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), text: await response.text() };
}
