import { Resolver } from 'node:dns/promises';
import { Clock } from '../clock.ts';
import { openDns } from '../dns/main.ts';
import { Faults } from '../faults.ts';
import { Ledger } from '../ledger.ts';
import { openCloudflare } from './main.ts';

/** An answer of the API, read by plain fetch. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly success: boolean;
  readonly result: ApiValue;
  readonly errors: readonly { code: number; message: string; error_chain?: { code: number; message: string }[] }[];
  readonly messages: readonly { code: number }[];
  readonly result_info?: Record<string, number>;
}

/** JSON as a test reads it: fields by name, lists by number. */
export interface ApiValue {
  readonly [key: string]: ApiValue;
}

/** Cloudflare over a DNS world, without edge delay, for a test. */
export async function openTestCloud() {
  const clock = new Clock();
  const ledger = new Ledger(() => clock.now());
  const faults = new Faults();
  const dns = await openDns({ clock, ledger, faults });
  const cloudflare = await openCloudflare({ clock, ledger, faults, internet: dns.internet }, dns);
  const control = (route: string, body?: unknown): ApiValue =>
    cloudflare.control[route]?.(body, new URLSearchParams()) as ApiValue;
  control('POST /cloudflare/edge', { delayMs: 0 });

  async function api(method: string, path: string, body?: unknown, token = cloudflare.env.CLOUDFLARE_API_TOKEN) {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return send(method, path, headers, body);
  }
  async function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<ApiAnswer> {
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(`${cloudflare.env.CLOUDFLARE_BASE_URL}${path}`, { method, headers, ...init });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { ...(isJson ? JSON.parse(text) : {}), status: response.status, headers: response.headers, text };
  }
  /** A zone by the control, and a caller of its records. */
  function seed(name: string, more: Record<string, unknown> = {}) {
    const zone = control('POST /zones', { name, ...more });
    const id = String(zone.id);
    const records = (method: string, rest = '', body?: unknown) => api(method, `/zones/${id}/dns_records${rest}`, body);
    return { id, zone, records, list: async () => [...((await records('GET')).result as unknown as ApiValue[])] };
  }
  const resolver = new Resolver({ timeout: 3000, tries: 1 });
  resolver.setServers([`127.0.0.1:${dns.port}`]);
  return {
    clock,
    ledger,
    faults,
    dns,
    cloudflare,
    control,
    api,
    send,
    seed,
    resolver,
    async close() {
      await cloudflare.close();
      await dns.standIn.close();
    },
  };
}
